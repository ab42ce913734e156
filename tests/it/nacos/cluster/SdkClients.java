// A program with real clients of Nacos, run from its source by the tests: some that register an instance of a service each, and
// one that listens to a configuration. It says "ready" once all of them are there, and ends when its input does.
//
// Arguments: the server list (host:port,host:port), the service, the port of the first instance, how many that register.

import com.alibaba.nacos.api.NacosFactory;
import com.alibaba.nacos.api.PropertyKeyConst;
import com.alibaba.nacos.api.config.ConfigService;
import com.alibaba.nacos.api.config.listener.AbstractListener;
import com.alibaba.nacos.api.exception.NacosException;
import com.alibaba.nacos.api.naming.NamingService;
import java.net.InetAddress;
import java.net.NetworkInterface;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Properties;

public final class SdkClients {
    public static void main(String[] args) throws Exception {
        Properties properties = new Properties();
        properties.setProperty(PropertyKeyConst.SERVER_ADDR, args[0]);
        String service = args[1];
        int port = Integer.parseInt(args[2]);
        int count = Integer.parseInt(args[3]);
        String here = here();
        List<NamingService> naming = new ArrayList<>();
        for (int nth = 0; nth < count; nth++) {
            NamingService one = NacosFactory.createNamingService(properties);
            naming.add(one);
            int at = port + nth;
            until(() -> one.registerInstance(service, here, at));
        }
        ConfigService config = NacosFactory.createConfigService(properties);
        until(() -> config.addListener(service, "DEFAULT_GROUP", new AbstractListener() {
            @Override
            public void receiveConfigInfo(String content) {
            }
        }));
        System.out.println("ready");
        while (System.in.read() >= 0) {
        }
        // As a process ends that nobody asks: without a word to the servers.
        Runtime.getRuntime().halt(0);
    }

    private interface Asked {
        void ask() throws NacosException;
    }

    /** A cluster that has only just come up refuses at times. */
    private static void until(Asked asked) throws Exception {
        for (int tries = 0; ; tries++) {
            try {
                asked.ask();
                return;
            } catch (NacosException refused) {
                if (tries == 60) {
                    throw refused;
                }
                Thread.sleep(1000);
            }
        }
    }

    /** The address of this host in its network. */
    private static String here() throws Exception {
        for (NetworkInterface one : Collections.list(NetworkInterface.getNetworkInterfaces())) {
            for (InetAddress address : Collections.list(one.getInetAddresses())) {
                if (!address.isLoopbackAddress() && address.getAddress().length == 4) {
                    return address.getHostAddress();
                }
            }
        }
        throw new IllegalStateException("this host has no address");
    }
}
