help-usage = 用法：
help-commands = 命令
help-arguments = 参数
help-options = 选项
help-shown = 示例：
help-default = （默认：{ $value }）
help-possible = （可选：{ $value }）
help-about = Nacos 集群节点宕机时的引导式诊断与故障记录
help-about-help = 显示某个命令的帮助
help-about-serve = 启动 Web 服务；首次启动会输出一个链接，用来创建第一个管理员
help-about-demo = 回放一次真实故障的录制，其余功能都是真实的；会输出一个一次性登录链接
help-about-replay = 像演示一样，在页面中回放 `record` 录制的文件；会输出一个一次性登录链接
help-about-healthcheck = 询问本机的服务是否就绪。退出码 0：就绪；1：未就绪
help-about-diagnose = 对每个节点检查一遍，说明问题所在和处理办法。退出码 0：健康；2：有问题；3：无法判断
help-about-logscan = 输出某个时间窗口内命中已知特征（或给定字符串）的日志行
help-about-record = 把各项检查看到的内容写入一个文件，可录一次或一段时间；用 `replay` 回放
help-about-backup = 把全部数据备份到一个文件，服务运行时也可执行；不包含凭据文件
help-about-verify = 检查备份是否完整、未损坏
help-about-restore = 恢复备份；此时不能有服务在运行
help-about-ssh = 管理通过 SSH 读取的主机
help-about-ssh-enroll = 显示主机出示的密钥，经你确认后登记。退出码 0：密钥已登记；1：未登记
help-about-user = 管理可以登录的用户
help-about-user-add = 添加可登录的用户；密码从标准输入读取
help-about-user-list = 列出全部用户：登录名、角色、是否允许登录
help-about-user-disable = 停用用户：结束其会话，之后无法登录
help-about-user-enable = 重新允许用户登录
help-about-user-password = 设置用户密码（从标准输入读取），并结束其会话
help-about-user-sign-in-link = 输出一个一次性登录链接，15 分钟内有效；服务可以正在运行
help-about-runbook = 检查处理手册
help-about-runbook-check = 按服务的方式读取处理手册，指出其中的错误及所在文件和行
help-about-config = 查看服务的配置
help-about-config-check = 读取服务的全部配置并显示，或指出错误
help-about-config-reference = 以 Markdown 表格输出所有配置项：参数、环境变量、默认值和含义
help-about-completions = 输出 shell 的补全脚本
help-arg-help = 显示帮助；--help 显示完整内容
help-arg-version = 显示版本号
help-arg-lang = 文字的语言：zh-CN 或 en；默认取自环境变量
help-arg-config = 配置文件（TOML）
help-arg-data = 全部数据的存放目录，也可写作 --data-dir（默认：data）
help-arg-diagnose-data = 服务的数据目录，配合 --cluster 使用（默认：服务配置中的目录）
help-arg-diagnose-client-logs = 客户端 SDK 自己的日志：它配置了哪些服务端、在尝试哪些、连上了哪些。CLIENT= 说明是谁的日志
help-long-client-logs = FILE 处写 ssh://USER@HOST[:PORT]/PATH 则读取另一台主机上日志的末尾，选项与节点的 ssh: 位置相同。
help-arg-record-data = 服务的数据目录，配合 --cluster 使用（默认：服务配置中的目录）
help-arg-listen = 监听地址和端口（默认：127.0.0.1:8770）
help-arg-demo-listen = 监听地址和端口，仅限本机
help-arg-replay-listen = 监听地址和端口，仅限本机
help-arg-public-url = 浏览器访问用的地址（经过代理而与监听地址不同时）
help-arg-extra-hosts = 除 public URL 外，请求中允许出现的主机名；可多次给出
help-arg-session-idle-hours = 会话闲置多少小时后失效（默认：12）
help-arg-session-max-days = 登录多少天后会话失效（默认：7）
help-arg-stable-minutes = 集群持续稳定多少分钟后才算恢复（默认：10）
help-arg-watch-seconds = 每个集群两次巡检的间隔秒数（默认：5）
help-arg-speed = 一秒钟内回放录制中的多少秒
help-arg-replay-file = 录制文件
help-arg-verify-file = 备份文件
help-arg-restore-file = 备份文件
help-arg-runbook-check-file = 处理手册所在目录，或其中的 runbook.toml
help-arg-nodes = 一个节点及其读取方式，例如 n1=dir:/copies/n1；每个节点写一次。--help 列出全部写法
help-long-nodes =
    NAME=dir:PATH    拷贝出来的 Nacos 目录，或其中的日志目录
    NAME=local:PATH  本机上的 Nacos 目录
    NAME=log:FILE    标准输出的内容，docker、kubectl、journalctl 导出的格式也可以
    NAME=ssh:USER@HOST[:PORT]:PATH  通过 SSH 读取主机上的 Nacos 目录
    NAME=api:URL     只用 HTTP API
    NAME=rec:FILE    录制文件

    可以追加以下内容，用逗号分隔：
    text=FILE         粘贴的 dmesg、journalctl、last -x、kubectl describe 或 get events、docker inspect 或 ps -a、
                      nc、ss 输出或环境变量；有几个文件写几次
    api=URL           在 dir、local、ssh 之外再用 API
    console=URL       3.x 的控制台（地址不同时）
    cred=env:VARIABLE 或 cred=file:PATH  API 的登录凭据
    ca=FILE 或 pin=SHA256  https 时信任的 CA，或只认这一张证书
    key=agent 或 key=file:PATH，passphrase=env:VARIABLE 或 file:PATH，known_hosts=FILE，jump=USER@HOST[:PORT]  用于 ssh
    kernel=on         用于 ssh：用固定命令读取内核日志
    sdk=HOST:PORT、cluster=HOST:PORT、raft=HOST:PORT  容器把 9848、9849、7848 映射到的地址
    peer=HOST:PORT    其他节点访问它所用的地址
help-arg-doors = 客户端实际访问的入口（VIP、nginx、负载均衡或域名），写成 URL
help-long-doors =
    例如 http://nacos.example:8848/nacos；https 时可写 URL,ca=FILE 或 URL,pin=SHA256。
    可多次给出。已登记的集群自带入口。
help-arg-cluster = 已登记的集群名称
help-arg-deadline = 每轮检查中单个节点的时限，200ms 到 60s；网络慢时调大（默认：3s，或集群的设置）
help-arg-case = “报告误判”生成的文件：对其内容重新判断，并说明当时的结论和真实原因
help-arg-at = 判断哪个时刻：RFC 3339，或节点时区的 YYYY-MM-DD HH:MM:SS
help-long-at = 默认：在线节点取当前时刻，拷贝的目录取所有节点中最新的时间戳。
help-arg-window = 从该时刻往前看多久
help-arg-record-window = 日志往前读多久
help-arg-accept-unseen = 哪些内容未看到时仍可判为健康：logs、config、links，用逗号分隔
help-long-accept-unseen =
    只用 API 看不出 cluster.conf 是否残缺，也看不出两个 follower 之间的网络是否中断。
    与 --cluster 的设置叠加。
help-arg-json = 输出一个 JSON 对象
help-arg-explain = 同时说明理由：规则的依据、因果关系、排序和健康度的判定
help-arg-from = 窗口起点：按日志的写法 YYYY-MM-DD HH:MM:SS，或带日志时区的 RFC 3339
help-arg-logscan-to = 窗口终点，不含该时刻
help-arg-patterns = 要查找的固定字符串文件，每行一个；代替已知特征
help-arg-count = 只输出命中的行数
help-arg-files = 日志文件；滚动和压缩（.gz）的也可以
help-arg-out = 要写入的文件
help-arg-every = 两轮之间的间隔
help-arg-lasting = 录制多长时间；不给出则只录一轮
help-arg-note = 录制内容的说明，给回放的人看
help-arg-backup-to = 要写入的新文件（tar.gz）
help-arg-force = 已有数据时也恢复；原有数据会移到一旁，不会删除
help-arg-host = 主机；端口不是 22 时要带上端口
help-arg-jump = 跳板机；它的主机密钥必须已登记
help-arg-key = 登录跳板机用的密钥：agent 或 file:PATH
help-arg-passphrase = 该密钥口令的位置：env:VARIABLE 或 file:PATH
help-arg-known-hosts = 已知主机密钥文件（默认：~/.ssh/known_hosts）
help-arg-fingerprint = 你在主机上读到的指纹；给出后不再询问
help-arg-name = 登录名
help-arg-role = 角色：viewer（只读）、operator（值班）、lead（主管）或 admin（管理员）
help-arg-shell = 哪种 shell
help-examples-serve =
    # 首次启动：输出中有创建第一个管理员的链接
    nodedown serve --data /var/lib/nodedown
    # 供内网其他人使用，前面有终止 TLS 的代理
    nodedown serve --data /var/lib/nodedown --listen 0.0.0.0:8770 --public-url https://nodedown.example
help-examples-diagnose =
    # 三个节点拷贝出来的目录
    nodedown diagnose --node n1=dir:/copies/n1 --node n2=dir:/copies/n2 --node n3=dir:/copies/n3
    # 在线节点：一个用 API，另一个用 SSH
    nodedown diagnose --node n1=api:http://10.0.0.1:8848/nacos --node n2=ssh:ops@10.0.0.2:/opt/nacos
    # 已登记的集群，供脚本使用
    nodedown diagnose --cluster prod --data /var/lib/nodedown --json
help-examples-logscan =
    nodedown logscan logs/nacos.log logs/naming-raft.log
    nodedown logscan --from 2026-11-29T03:00:00+08:00 --to 2026-11-29T03:10:00+08:00 logs/nacos.log
help-examples-record =
    # 录制在线集群十分钟，每 5 秒一轮
    nodedown record --node n1=api:http://10.0.0.1:8848/nacos --out outage.rec --for 10m
    nodedown replay outage.rec
help-examples-backup =
    nodedown backup --data /var/lib/nodedown --to nodedown-backup.tar.gz
    nodedown verify nodedown-backup.tar.gz
help-examples-restore = nodedown restore --data /var/lib/nodedown nodedown-backup.tar.gz
help-examples-user-add = head -n 1 password.txt | nodedown user add --data /var/lib/nodedown --role lead wang
help-examples-ssh-enroll =
    nodedown ssh enroll 10.0.0.2
    nodedown ssh enroll 10.0.0.2 --jump ops@10.0.0.254
