# 数据来源没有应答的原因，作为“无法检查”的理由显示。
source-not-configured = 该节点没有配置检查此项的途径：{ $what }。
source-not-configured-api = 该节点没有配置 API 地址。
source-not-configured-console = 该节点没有配置控制台端口。
source-not-configured-files = 该节点未设置文件读取方式。
source-not-configured-process = 只有实时读取文件的节点（本机或通过 SSH）才能查看进程。
source-not-configured-disk = 只有实时读取文件的节点（本机或通过 SSH）才能查看剩余磁盘空间。
source-not-configured-ssh-disk = 该主机不通过 SFTP 提供磁盘剩余空间。
source-not-configured-probe-from = 只有运行在本机或通过 SSH 读取的节点才能从其自身探测其他节点的端口。
source-not-configured-probe-from-name = 在该节点的网络里，其他节点的地址指向别处，无法从该节点探测它们。请填写节点之间实际使用的地址。
source-not-configured-probe-from-network = 该节点运行在独立的网络命名空间中（例如容器），只有 root 才能从中探测其他节点的端口。
source-not-configured-probe-from-stopped = 本机上没有该节点的进程，无法从该节点探测。
source-not-configured-clock = 只有通过 SSH 读取的节点才能读取其时钟。
source-not-configured-kernel = 未启用读取内核日志。
source-not-configured-kernel-copied = 复制来的 Nacos 主目录里没有其主机的内核日志。
source-not-configured-probe = 该节点没有配置地址，无法探测端口。
source-not-configured-names = 只有运行在本机或通过 SSH 读取的节点，才能按其自身的解析结果查看配置里的主机名。
source-bad-context-path = 没有发出任何请求：该节点的上下文路径含有不允许发送的字符。请在集群表单中重新填写：只能用字母、数字、“-”、“_”、“.”和“/”，例如 /nacos。
source-bad-host = 没有发出任何请求：该节点地址中的主机既不是可用的主机名，也不是 IP 地址。请在集群表单中重新填写。
source-bad-ca = 没有发出任何请求：该集群配置的 CA 证书无法读取。请在集群表单中重新填写。
source-untrusted-issuer = 对端证书（颁发给 { $subject }，颁发者 { $issuer }）不是由此处信任的 CA 签发，因此没有发出请求，节点状态未知。如果是自建 CA，请把 CA 证书（PEM）填入集群表单，或用 ,ca=文件 指定；也可以在节点上核对以下指纹后，在表单中或用 ,pin=… 固定该证书：SHA-256 { $sha256 }
source-untrusted-name = 对端证书（颁发给 { $subject }，颁发者 { $issuer }）与主机 { $host } 不匹配，因此没有发出请求，节点状态未知。请把主机改为证书中的名称，或在节点上核对以下指纹后，在集群表单中或用 ,pin=… 固定该证书：SHA-256 { $sha256 }
source-untrusted-expired = 对端证书（颁发给 { $subject }，颁发者 { $issuer }）已过期，因此没有发出请求，节点状态未知。请更换证书。在更换之前，可以在节点上核对以下指纹后，在集群表单中或用 ,pin=… 固定该证书：SHA-256 { $sha256 }
source-untrusted-not-yet = 对端证书（颁发给 { $subject }，颁发者 { $issuer }）尚未生效，因此没有发出请求，节点状态未知。请检查本机时钟。SHA-256 { $sha256 }
source-untrusted-pin = 对端证书（颁发给 { $subject }，颁发者 { $issuer }）不是已固定的那一张，因此没有发出请求，节点状态未知。可能是证书已更换，也可能是中间有别的设备。请先在节点上核对以下指纹，再在集群表单中或用 ,pin=… 固定：SHA-256 { $sha256 }
source-untrusted-certificate = 对端证书（颁发给 { $subject }，颁发者 { $issuer }）不被接受：{ $why }。没有发出请求，节点状态未知。请在节点上核对以下指纹后，在集群表单中或用 ,pin=… 固定该证书：SHA-256 { $sha256 }
source-untrusted-no-tls = 该端口的应答方不使用 TLS，而配置的是 https。节点状态未知。请把地址改为 http。
source-untrusted-tls = 该端口的应答方使用 TLS，而配置的是 http。节点状态未知。请把地址改为 https。
source-untrusted-handshake = 与该端口的应答方 TLS 协商失败：{ $why }。节点状态未知。请检查对端的 TLS 配置；要求客户端证书的端口无法查询。
source-untrusted-redirect = 应答方重定向到 { $to }（状态码 { $status }）。nodedown 不跟随重定向，节点状态未知。请填写节点自身的地址，并确认端口以及 http 或 https；如果前面有网关，请填写不会被重定向的地址。
source-untrusted-refused = 所有请求都被拒绝，状态码 { $status }。节点状态未知。请为该节点配置凭据（用户名和密码，或服务端身份）；如果是网关要求登录，请填写节点自身的地址。
source-untrusted-not-nacos = 应答方不是 Nacos（状态码 { $status }，内容类型 { $type }）：可能是代理、网关或其他程序，也可能是上下文路径不对。节点状态未知。请检查主机、端口和上下文路径。
source-denied = 不允许：{ $why }
source-refused = 连接被拒绝：主机在线，但该端口没有监听。{ $why }
source-reset = 连接被重置。{ $why }
source-connect-timeout = 连接请求没有应答：主机宕机或网络丢包。{ $why }
source-dns = 主机名无法解析。{ $why }
source-unreachable = 主机不可达。{ $why }
source-timeout = { $ms } 毫秒内没有应答。
source-cancelled = 已取消。
source-not-found = 不存在：{ $path }
source-too-large = 超过 { $limit } 字节的上限。
source-protocol = 无法理解的应答：{ $why }
source-not-a-home = { $path } 不是 Nacos 主目录：其中既没有 conf/ 也没有 logs/。
source-home-inside = { $path } 不是 Nacos 主目录：其中既没有 conf/ 也没有 logs/。{ $inside } 里两者都有，请改用该目录。
source-file-not-found = { $file } 不存在。
source-file-denied = 运行 nodedown 的用户无权读取 { $file }。
source-file-not-regular = { $file } 不是普通文件（而是目录、管道、套接字或设备），因此未读取。
source-file-too-large = { $file } 超过 { $limit } 字节，因此未读取。
source-file-outside = { $file } 指向 { $folder } 之外，因此未读取。
source-file-timeout = { $ms } 毫秒内未能读取 { $file }：文件系统没有响应。
source-file-failed = 无法读取 { $file }：{ $why }
credential-not-released = { $reference } 未放行给 { $to }，因此既未读取也未发送。请管理员在“凭据”页面放行。
credential-elsewhere = { $reference } 已放行，但不包括 { $to }，因此未发送到该地址。请管理员在“凭据”页面确认该地址。
credential-outside-folders = { $reference } 已不在凭据目录中，因此既未读取，也未发送到 { $to }。请管理员把文件放入凭据目录并重新放行，或调整 credential_dirs。
credential-form-release = 节点 { $node }：{ $reference } 未放行。请管理员在“凭据”页面为 { $to } 放行，或选择已放行的凭据。
credential-form-variable = 节点 { $node }：不能使用 { $reference }。只有名称以 { $begin } 开头的环境变量可以放行：请管理员为 nodedown 设置这样的变量，并在“凭据”页面为 { $to } 放行。
credential-form-file = 节点 { $node }：不能使用 { $reference }。只有 { $folders } 中的文件可以放行：请管理员把文件放到该处，并在“凭据”页面为 { $to } 放行。
source-kept-missing = 上传的文件已不存在：{ $path }。可能是磁盘丢失，也可能被人删除。请重新上传压缩包。
source-kept-differs = 上传的文件与保存时不一致：{ $path }。大小或哈希不同，因此没有使用。请重新上传压缩包。
source-kept-dropped = 上传的文件已在复盘后清除；哈希和检查结果仍然保留。
source-not-recorded = 录制中没有。

# SSH：每句话都说明该怎么做。
source-ssh-unknown-key = { $host } 的主机密钥不在已知列表中，因此没有向它发送任何内容。它出示的是 { $algorithm } { $offered }。请在该主机本机上核对指纹（ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub，或对应类型的密钥文件）；一致时再用以下命令登记：nodedown ssh enroll '{ $host }' --known-hosts '{ $file }'（经跳板机访问时加上 --jump）。
source-ssh-changed-key = { $host } 的主机密钥与记录不符，因此没有向它发送任何内容。它出示的是 { $algorithm } { $offered }；记录中是 { $recorded }（{ $at }）。可能是主机重装，也可能是中间有别的设备。请在该主机本机上核对指纹，确认一致后才替换那一行。
source-ssh-revoked-key = { $host } 的主机密钥已被标记为吊销（{ $at }），因此没有向它发送任何内容。它出示的是 { $algorithm } { $offered }。请为主机更换密钥，并登记新密钥。
source-ssh-known-hosts = 无法读取已知主机密钥，不能确认任何主机的身份：{ $file }：{ $why }
source-ssh-no-key = 没有可用于登录 { $login } 的密钥：既没有 agent，也没有 ~/.ssh/id_ed25519、id_ecdsa 或 id_rsa。请用 key=file:PATH 指定。
source-ssh-key = 密钥 { $file } 无法使用：{ $why }
source-ssh-key-encrypted = 密钥 { $file } 已加密。请指明口令所在位置（passphrase=env:VAR 或 passphrase=file:PATH），或将其载入 agent。
source-ssh-agent = SSH agent 没有应答（SSH_AUTH_SOCK）：{ $why }
source-ssh-refused = { $login } 拒绝了所有尝试过的密钥：{ $tried }。需要把公钥写入该用户的 authorized_keys。
source-ssh-no-sftp = { $login } 不允许通过 SFTP 读取文件：{ $why }
source-ssh-no-forwarding = { $login } 不允许转发连接（AllowTcpForwarding）：{ $why }
source-ssh-no-command = { $login } 不执行 { $command }。
source-vantage-ssh = 通过 SSH 读取 { $host } 上的文件：{ $home }

# 集群表单。
source-files-ssh-choice = 通过 SSH 读取 USER@HOST:PATH（实时）
source-form-kernel = 通过 SSH 读取各节点的内核日志
source-form-kernel-hint = 关闭时，nodedown 不在节点上执行任何命令。开启后只执行两条固定的只读命令（journalctl -k，没有结果时用 dmesg -T），以判断节点是否因内存不足被内核杀死。
source-form-ssh = 节点 { $node }：通过 SSH 读取时目录写作 USER@HOST[:PORT]:PATH，例如 nacos@10.0.0.1:/home/nacos。其后可加 ,key=agent 或 ,key=file:PATH、,passphrase=env:VAR 或 file:PATH、,known_hosts=FILE、,jump=USER@HOST[:PORT]。

record-written = 已录制 { $rounds } 轮，写入 { $file }（{ $kib } KiB）。

# 上传的压缩包。
unpack-kind = 这既不是 zip、tar 或 tar.gz 文件，也不是文本。
unpack-empty = 压缩包是空的，里面没有文件。
unpack-broken = 无法读取压缩包，可能不完整或已加密：{ $why }
unpack-outside = 压缩包被拒绝：其中的文件名指向压缩包之外：{ $name }
unpack-sparse = 压缩包中有稀疏格式的文件，无法读取：{ $name }。请不带 --sparse 重新打包。
unpack-too-large = 压缩包内容超过上限：总计 512 MiB，单个文件 256 MiB，20,000 个条目。请只上传 conf/ 和最近几小时的日志。
unpack-no-home = 压缩包中既没有 Nacos 主目录的 conf/ 也没有 logs/。
unpack-archive-inside = 压缩包中既没有 Nacos 主目录的 conf/ 也没有 logs/，里面还有一个压缩包：{ $name }。请先解压，再上传其中的内容。
unpack-several-homes = 压缩包中有多个 Nacos 主目录，请按节点分别上传：{ $names }
unpack-disk = 无法在本机解压压缩包：{ $why }
source-ssh-known-hosts-write = 无法登记主机密钥：{ $file } 写入失败：{ $why }

# `nodedown ssh enroll`。
enroll-bad-host = `{ $text }` 不是主机地址：请写 HOST 或 HOST:PORT，不带用户名，例如 10.0.0.1:2222 或 [fd00::1]:2222。
enroll-bad-jump = `{ $text }` 不是可登录的跳板机：请写 USER@HOST[:PORT]，例如 ops@gate.example。
enroll-bad-fingerprint = `{ $text }` 不是指纹：请写 SHA256:…，与 ssh-keygen -lf 的输出一致。
enroll-known = { $host } 已经登记过：{ $algorithm } { $fingerprint }（{ $at }）。未做任何修改。
enroll-offers = { $host } 出示的主机密钥：{ $algorithm } { $fingerprint }
enroll-compare = 请在该主机本机上核对，不要通过这条连接核对：ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub（或对应类型的密钥文件）。
enroll-question = 是否加入 { $file }？指纹一致请输入 yes：
enroll-declined = 未确认，没有做任何修改。
enroll-no-terminal = { $host } 出示的是 { $algorithm } { $fingerprint }，但当前没有终端可供人工确认，因此未做任何修改。请在该主机本机上读取指纹，再用 --fingerprint SHA256:… 传入。
enroll-mismatch = 指纹与给定的不一致，未做任何修改：{ $host } 出示的是 { $algorithm } { $fingerprint }，给定的是 { $given }。如果给定的是该主机另一种类型密钥的指纹，请改用这种类型的指纹；否则说明中间有别的设备。
enroll-done = { $host } 已登记：{ $algorithm } { $fingerprint }（{ $at }）。
source-not-configured-environment = 此处看不到该进程的环境变量。
source-not-configured-door = 没有配置前端入口。
source-ssh-no-session = { $login } 不允许打开会话，或不允许再打开（{ $why }）。上限由其 sshd_config 中的 MaxSessions 决定。
source-ssh-fell-silent = 探测过程中到 { $login } 的 SSH 连接失去响应，本次探测不能说明任何问题。
