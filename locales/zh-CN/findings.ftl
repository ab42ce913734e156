# 发现、原因、影响、操作、禁忌，以及每个代码的说明页。
finding-node-stopped-clean = { $node } 是正常停止的（SIGTERM 或 shutdown.sh）：日志在 { $since } 以停机记录收尾，没有发现更深层的原因。
finding-node-killed = { $node } 被强制杀死：日志在 { $since } 的正常工作中戛然而止，没有停机记录，对它的连接立即被拒绝或断开。
finding-node-killed-shell = { $node } 被强制杀死（SIGKILL）：启动它的 shell 或 systemd 报告 Killed。这一行看不出是谁发的信号，可能是 OOM killer。
finding-node-disk-errors = { $node } 的日志在 { $since } 中断，同一时刻其主机的内核报告磁盘故障：“{ $text }”。这一行看不出 { $node } 是否写这块盘。
finding-node-disk-errors-read-only = { $node } 的日志在 { $since } 中断，同一时刻其主机的内核报告某个文件系统已无法写入：“{ $text }”。{ $node } 很可能就写在上面；进程本身可能还在运行。
finding-node-disk-full-told = 为 { $node } 提交的文本显示，在其日志中断时（{ $since }）磁盘已满：“{ $text }”。
finding-node-evicted-disk = Kubernetes 因主机磁盘空间不足驱逐了 { $node }：“{ $text }”。日志末尾的正常停机记录由此而来。
finding-node-evicted-memory = Kubernetes 因主机内存不足驱逐了 { $node }：“{ $text }”。日志末尾的正常停机记录由此而来。
finding-node-evicted = Kubernetes 驱逐了 { $node }：“{ $text }”。日志末尾的正常停机记录由此而来。
finding-node-probe = { $node } 没有应答探针，被 Kubernetes 终止：“{ $text }”。这一行看不出为何没有应答：卡死、过载，或启动时间超过了探针的限度。
finding-node-host-went-down = { $node } 的主机在其日志中断时（{ $since }）关机或重启：“{ $text }”。
finding-node-host-came-up = { $node } 的日志在 { $since } 中断后不久，其主机重新开机：“{ $text }”。没有看到有序关机的记录：断电、系统崩溃或被强制重置。
finding-node-not-started = { $node } 没有启动起来：“{ $text }”。还没有执行到 Java。
finding-node-start-given-up = 负责启动 { $node } 的程序启动失败或已放弃：“{ $text }”。提交的内容没有说明原因。
finding-node-stopped-exit-code = { $node } 的退出码表明它被 SIGTERM 终止（“{ $text }”）。它自己的日志里没有相应记录。
finding-node-host-silent = Kubernetes 已收不到 { $node } 所在主机的心跳：“{ $text }”。主机、kubelet 或其网络出了故障。
finding-node-killed-no-witness = { $node } 已退出：日志在 { $since } 中断且没有停机记录，进程或端口已不在；没有可读的其他节点日志来佐证。
finding-node-killed-no-word = { $node } 已退出：日志在 { $since } 中断且没有停机记录，进程或端口已不在。已读取其他节点的日志，但没有识别出可以佐证的拒绝连接记录。
finding-node-killed-by-peers = { $node } 似乎是被强制杀死的：其他节点与它的连接断开并被拒绝，但未能完整读到它自己的日志结尾。
finding-node-killed-after-hang = { $node } 现在已退出。日志在 { $since } 中断，其他节点起初看到的只有超时：先是卡死或主机断网，随后进程结束（被强制杀死，或由人工结束）。
finding-node-gone = { $node } 已退出：端口拒绝连接。是正常停止还是被强制杀死，只有它自己的日志能说明，而这些日志未采集到。
finding-node-gone-end-late = { $node } 没有提供服务，本轮时间内没能把它的日志读到末尾，也没能看到它的进程，还不知道是正在启动、正常停止、被强制杀死还是启动失败。请重新运行检查。
finding-node-gone-end-unread = { $node } 没有提供服务，看起来已经退出，但它的日志缺失或没能读到末尾，还不知道是正常停止、被强制杀死还是启动失败。请确认 nacos.log 存在，然后再次运行检查。
finding-node-gone-or-elsewhere = { $node } 的端口拒绝连接：进程已退出，或者填写的地址不对。没有其他证据表明那里运行过 Nacos，请先核对地址和端口。
finding-node-gone-by-peers = 从本机无法访问 { $node }，其他节点对它的连接被拒绝：进程已不在。如何结束的，只有它自己的日志能说明。
finding-node-foreign = { $node } 的主端口上应答 HTTP 的是别的程序，Nacos 的其他端口拒绝连接：Nacos 没有在那里运行。原因只有它自己的日志能说明。
finding-node-silent = { $node } 自 { $since } 起没有动静：日志没有停机记录就中断了，也没有能区分“被强制杀死”和“卡死”的旁证。
finding-node-oom-killed = 内核因内存不足杀死了 { $node }（OOM Killer）；它的日志止于 { $since }。
finding-node-oom-killed-other-id = { $node } 的日志结束时（{ $since }），内核因内存不足杀死了一个 Java 进程。进程号不同或时间戳没有年份，因此很可能是 { $node }，但不能确定。
finding-node-oom-killed-undated = 内核因内存不足杀死过一个 Java 进程，但这一行没有时间。{ $node } 的日志结束于 { $since }：有可能是这个原因。
finding-node-oom-java = { $node } 在 { $since } 没有动静之前发生了 Java 内存溢出（OutOfMemoryError）。
finding-node-oom-java-start = { $node } 启动过程中发生 Java 内存溢出（OutOfMemoryError），于 { $since } 启动失败：堆太小，装不下要加载的数据。
finding-node-oom-alive = { $node } 进程还在，但 Java 内存已耗尽（OutOfMemoryError）：端口虽开着，工作线程可能已经死掉。
finding-node-jvm-crash = { $node } 的 JVM 崩溃（存在 hs_err 文件或致命错误信息）；日志止于 { $since }。
finding-node-disk-full = { $node } 因磁盘写满而自行退出；{ $since } 的停机记录并不是计划内停机。
finding-node-disk-full-alive = { $node } 还在运行，但磁盘已满：无法写日志、Raft 数据和配置数据。
finding-node-disk-read-only = { $node } 还在运行，但它写入的某个卷已变成只读：数据已写不进去。因此停止的 Raft 组，在卷恢复可写并重启该节点之前不会恢复。
finding-node-disk-full-group = { $node } 还在运行，但某个 Raft 组写入时磁盘没有空间：该组已停止，在腾出空间并重启该节点之前不会恢复。数据并未因此损坏。
finding-node-files-exhausted = { $node } 在最后几分钟文件句柄耗尽（“Too many open files”），随后日志中断。进程如何结束不明。
finding-node-files-exhausted-alive = { $node } 仍在运行，但已不能再打开文件（“Too many open files”）：不接受新连接，也打不开要写的文件。
finding-node-threads-exhausted = { $node } 在最后几分钟无法再创建线程（“unable to create native thread”）；此后需要新线程的操作全部失败。
finding-node-threads-exhausted-alive = { $node } 仍在运行，但无法再创建线程（“unable to create native thread”）：需要新线程的操作失败，已有线程继续工作。
finding-node-memory-native = { $node } 无法再从系统获得内存（不是 Java 堆）：JVM 报告了这一点，随后自行退出。
finding-node-memory-native-alive = { $node } 仍在运行，但无法再从系统获得内存（不是 Java 堆）：“Cannot allocate memory”。
finding-node-paused = { $node } 停顿过：连接池每 30 秒执行一次的任务，与上一次相隔了 { $seconds } 秒（{ $until }）。期间进程或机器没有运行（虚拟机迁移或冻结、拿不到 CPU、swap），或者时钟被调整。期间其他节点和客户端可能看到超时。
finding-node-overloaded = { $node } 时断时续：最近 { $minutes } 分钟停顿 { $times } 次，共 { $seconds } 秒，其他节点没有。进程反复被停住又继续，或拿到的 CPU 时间太少。
finding-node-overloaded-stopped = { $node } 有应答，但查看时其进程处于停止状态（被暂停）：它反复被停住又继续。
finding-node-overloaded-late = { $node } 对部分请求应答很慢或超时（最长 { $late } 毫秒），而其他节点立即应答。看一次不能说明更多，请再看一次。
finding-node-disk-full-torn = { $node } 看起来还活着，但它的日志都在磁盘块边界处被截断：磁盘已经没有剩余空间。
finding-node-disk-full-stopped = { $node } 已停止，其日志所在文件系统没有剩余空间：连停机原因都写不下来。
finding-node-disk-no-room-gauge = { $node } 还在运行，但据它自己的指标，启动目录所在的文件系统已没有剩余空间，日志和数据很可能也在那里。
finding-node-disk-no-room = { $node } 还在运行，但其日志所在文件系统对非 root 用户已没有剩余空间。
finding-node-start-disk-full = { $node } 在 { $since } 启动失败：磁盘已满。
finding-node-hung-process = { $node } 被冻结：进程 { $pid } 处于 { $state } 状态、没有在运行；端口能连上，但没有任何应答。
finding-node-hung-ports = { $node } 卡死：端口能建立连接，但 HTTP 没有应答。
finding-node-hung-other = { $node } 没有提供服务：端口上有程序应答，但不是正常的 Nacos。
finding-node-hung-files = { $node } 卡死：进程还在，但日志停在 { $since }，没有任何应答。
finding-node-hung-disk = { $node } 在等待磁盘：进程 { $pid } 的 { $threads } 个线程中有 { $blocked } 个卡在内核（D 状态），日志停在 { $since }。它现在还能应答的内容都来自内存。
finding-node-hung-by-peers = { $node } 很可能卡死：日志在 { $since } 中断且没有停机记录，其他节点（{ $peers }）看到的是超时而不是拒绝。主机宕机或断网也会是同样的现象。
finding-node-hung-behind-start = { $node } 在 { $since } 启动失败：端口或数据目录已被占用；此后其他节点（{ $peers }）连它一直超时，没有被拒绝。很可能是 { $node } 的旧进程还占着端口，并且已经卡死。
finding-node-answers-nobody = { $node } 接受其他所有节点到端口 { $ports } 的连接，却都不应答，而它自己的日志还在写：卡死或过载。连接建立之后链路被切断也会是同样的现象。
finding-node-heap-full-start = { $node } 启动不起来（开始于 { $since }）：堆已满，接连的 Full GC 几乎回收不到内存。
finding-node-start-failed-jvm = { $node } 还没运行到 Nacos 就失败了：Java 本身或其日志系统拒绝启动：“{ $text }”
finding-node-stuck-starting = { $node } 启动卡住：自 { $since } 起（已 { $seconds } 秒）一直打印 “Nacos is starting...”，始终没有 “started successfully”。
finding-node-start-broke-off = { $node } 正在启动时日志于 { $since } 中断。尚未启动完成的节点会拒绝连接，因此其他节点看不出它是被强制杀死还是卡在启动中。
finding-node-starting = { $node } 自 { $since } 起正在启动（{ $seconds } 秒），尚未提供服务。
finding-node-starting-usual = { $node } 正在启动：自 { $since } 起已 { $seconds } 秒，尚未提供服务。上一次启动用了 { $usual } 秒。
finding-node-half-open = { $node } 的 gRPC 端口有应答而主端口拒绝连接：正在启动（主端口最后打开），或进程只剩一部分在工作。
finding-node-start-failed = { $node } 在 { $since } 启动失败；异常链里没有可识别的原因。
finding-node-start-failed-because = { $node } 在 { $since } 启动失败。异常链最后给出的原因：“{ $text }”
finding-node-start-no-leader = { $node } 在 { $since } 放弃启动：保存配置的 Raft 组没有 leader，缺少多数派；{ $node } 自身没有问题。
finding-node-start-failed-port = { $node } 在 { $since } 启动失败：它需要的端口已被占用。
finding-node-flapping = { $node } 反复宕机又拉起：最近 { $minutes } 分钟内启动了 { $count } 次。
finding-node-flapping-starts = { $node } 反复启动且每次都失败：最近 { $minutes } 分钟内启动 { $count } 次。旁边列出最近一次失败的原因。
finding-node-flapping-up = { $node } 最近 { $minutes } 分钟内宕机又拉起 { $count } 次，自 { $since } 起正常运行。
finding-node-came-back = { $node } 曾经退出且没有停机记录，{ $since } 重新启动，现在正常提供服务。请在再次发生之前查明退出原因。
finding-node-came-back-often = { $node } 最近 { $minutes } 分钟内 { $count } 次退出且没有停机记录，最近一次启动在 { $since }，现在正常提供服务。请查明退出原因。
finding-node-second-start = { $node } 正常提供服务。{ $at } 有人（或守护程序）在它旁边启动第二个进程，那次启动失败。
finding-node-second-start-hung = { $at } 有人（或守护程序）启动 { $node }，因端口或数据目录已被占用而失败：占用者很可能是没有应答的旧进程。只要它还在，再启动也是同样结果。
finding-node-started-anew = { $node } 可能正在重新启动：它的标准输出里只有一次启动的命令行和 banner，没有已结束进程的任何一行。先确认那个进程在不在，再决定是否启动。
finding-node-isolated = { $node } 还活着，但其他节点都连不上它，它也连不上任何节点，而其他节点之间互通。
finding-node-unreachable = 完全看不到 { $node }：从本机访问没有应答，文件也读不到。
finding-node-unreachable-for-peers = 没有采集到 { $node } 的任何信息，其他节点（{ $peers }）也连不上它。
finding-cluster-quorum-lost = 多数派已丢失：{ $voters } 个投票成员中只有 { $live } 个存活，需要 { $needed } 个。无法投票：{ $dead }。
finding-cluster-quorum-cut = 选不出 leader：{ $voters } 个投票成员中有 { $live } 个存活，但它们之间的 Raft 端口不通。无法投票：{ $dead }。
finding-raft-no-leader = Raft 组 { $group } 没有 leader（依据：{ $nodes }）。
finding-not-ready-election = { $node } 有应答但未就绪：配置 Raft 组的 leader 刚刚退出，其他节点一般会在几秒内选出新的 leader，请稍后再看。
finding-readiness-error = { $node } 对就绪检查返回 HTTP { $status }：“{ $text }”。这不是 Nacos 表示未就绪的应答：它来自节点前面的代理，或节点内部的错误。
finding-not-ready-embedded = { $node } 有应答但未就绪：使用内嵌存储时，这说明它的配置 Raft 组没有可读的 leader。
finding-not-ready-external = { $node } 有应答但未就绪：它读不到数据库。
finding-raft-link-broken = { $node } 与 { $peer } 之间的 Raft 端口 { $ports } 不通，尽管两个节点都活着、状态都显示 UP。
finding-raft-link-at-start = { $node } 与 { $peer } 之间的 Raft 端口 { $ports } 不通：两个进程都已存在数分钟，连接仍然失败；启动一直在等选不出来的 leader。
finding-link-burst = { $node } 与 { $peer } 之间端口 { $ports } 的请求超时，且全部集中在三秒之内，或恰逢其中一个节点自己的日志也在停顿。端口被切断可能是这样，节点短暂停顿（垃圾回收、抢不到 CPU）也是这样：请半分钟后再看一次。
finding-link-burst-node = 对 { $node } 端口 { $ports } 的请求超时，且全部集中在三秒之内，或恰逢其中一个节点自己的日志也在停顿。端口被切断可能是这样，节点短暂停顿（垃圾回收、抢不到 CPU）也是这样：请半分钟后再看一次。
finding-raft-link-unready = { $node } 与 { $peer } 之间的 Raft 端口 { $ports } 很可能不通：两者其他接口都有应答，唯独一方需要经另一方读取的就绪检查没有应答。
finding-raft-link-broken-here = 从本机访问 { $node } 的 Raft 端口 { $ports } 没有应答，尽管节点是活的。
finding-raft-stale-term = { $node } 仍跟随旧 leader、停留在旧 term：它的 Raft 组收不到其他节点的消息。
finding-raft-group-not-run = { $node } 在为 Raft 组 { $group } 选 leader，而 { $peers } 回复自己没有运行该组。网络是通的；该组没有在那边建起来，多半是启动或升级没有完成。
finding-raft-member-mismatch = Raft 投票成员与 cluster.conf 不一致。{ $side ->
    [more] 只在 Raft 中：{ $more }。
    [less] 不在 Raft 中：{ $less }。
   *[both] 只在 Raft 中：{ $more }。不在 Raft 中：{ $less }。
  }
finding-raft-member-mismatch-api = Raft 投票成员与各节点 API 列出的成员不一致。{ $side ->
    [more] 只在 Raft 中：{ $more }。
    [less] 不在 Raft 中：{ $less }。
   *[both] 只在 Raft 中：{ $more }。不在 Raft 中：{ $less }。
  }
finding-raft-not-in-conf = { $node } 不在自己 Raft 组的成员中：它的 Raft 数据属于另一个地址。
finding-raft-storage-corrupt = { $node } 的某个 Raft 组因存储或状态机错误停止工作；在修复并重启该节点之前不会恢复。
finding-raft-storage-corrupt-start = { $node } 在 { $since } 启动失败：data/protocol 下的 Raft 日志、元数据或快照已损坏。
finding-raft-state-machine-stopped = { $node } 的某个 Raft 组的状态机无法应用某个日志条目，该组已停止：不会自行恢复，每次启动都会停在同一个条目上。
finding-raft-group-error = { $node } 上报其某个 Raft 组处于错误状态。
finding-members-disagree = { $node } 运行中的成员列表与其他节点不同。{ $side ->
    [more] 只有它有：{ $more }。
    [less] 它缺少：{ $less }。
   *[both] 只有它有：{ $more }。它缺少：{ $less }。
  }
finding-members-state = { $node } 是活的，但在 { $observers } 看来不是 UP。
finding-members-ghost = { $member } 写在每个 cluster.conf 里，但没有机器应答，也从未向任何节点上报过。它不参与 Raft 投票。
finding-members-ghost-likely = { $member } 写在每个 cluster.conf 里却无人应答，也不在节点清单中。
finding-member-unlisted = 成员 { $member } 已停机。它此前正常运行过，所以是真实节点而不是幽灵成员；节点清单里没有它，无法进一步查看。
finding-member-unlisted-votes = { $member } 是集群成员并参与 Raft 投票，但谁也连不上它。节点清单里没有它：请补上，才能查看它的日志和端口。
finding-config-cluster-conf-drift = { $node } 的 cluster.conf 与其他节点不一致。{ $side ->
    [more] 只有它有：{ $more }。
    [less] 它缺少：{ $less }。
   *[both] 只有它有：{ $more }。它缺少：{ $less }。
  }
finding-config-cluster-conf-not-listed = 所有 cluster.conf 都没有写 { $node }（{ $member }）：它在运行，但其他节点不认它是成员。
finding-conf-malformed = { $node } 的 cluster.conf 第 { $line } 行：Nacos 无法解析 “{ $text }”，会拒绝整个文件；重启后该节点将单独运行。
finding-conf-malformed-character = { $node } 的 cluster.conf 第 { $line } 行：“{ $text }” 含有不是数字的字符（{ $char }，可能看不见）。Nacos 会拒绝整个文件；重启后该节点将单独运行。
finding-conf-ghost = { $node } 的 cluster.conf 第 { $line } 行：Nacos 会把 “{ $text }” 当成一个谁也连不上的成员，文件其余部分有效。
finding-conf-ghost-character = { $node } 的 cluster.conf 第 { $line } 行：“{ $text }” 含有看不见的或形似的字符（{ $char }）。Nacos 会把它当成一个谁也连不上的成员，文件其余部分有效。
finding-conf-merged = { $node } 的 cluster.conf 第 { $line } 行：两个地址连在了一起：“{ $text }”。
finding-conf-odd = { $node } 的 cluster.conf 第 { $line } 行：“{ $text }” 写法少见，请确认 Nacos 如何理解它。
finding-conf-malformed-start = { $node } 在 { $since } 启动失败：无法读取自己的 cluster.conf。
finding-config-db-drift = { $node } 的数据库配置与其他节点不同：{ $keys }。
finding-config-auth-drift = { $node } 的鉴权配置（token 密钥、服务端身份或开关）与其他节点不同：{ $keys }。
finding-config-auth-rejected = 其他节点拒绝 { $node } 的上报，或它拒绝其他节点的上报：服务端身份或 token 密钥不一致。
finding-config-properties-drift = { $node } 有必须一致的配置项与其他节点不同：{ $keys }。
finding-config-flags-drift = { $node } 的 JVM 参数、运行模式或存储方式与其他节点不同：{ $keys }。
finding-config-version-mixed = 集群版本不一致：{ $versions }。
finding-config-insecure-default = { $node } 使用了 Nacos 自带、人所共知的默认密钥。
finding-config-insecure-auth-off = { $node } 没有开启鉴权。
finding-properties-duplicate = { $node } 重复设置了 { $key }（第 { $lines } 行），以最后一次为准。
finding-net-grpc-blocked = { $node } 的 gRPC 端口 { $ports } 从任何其他节点都不通，尽管节点活着、状态显示 UP。
finding-net-grpc-blocked-pair = { $node } 与 { $peer } 之间的 gRPC 端口 { $ports } 双向都不通。
finding-net-grpc-blocked-here = 从本机访问 { $node } 的 gRPC 端口 { $ports } 不通，而它的其他端口是通的。
finding-net-port-blocked = { $node } 的端口 { $ports } 不通，尽管节点是活的。
finding-net-port-blocked-pair = { $node } 与 { $peer } 之间的端口 { $ports } 不通，尽管两个节点都活着。
finding-net-one-way = { $node } 到 { $peer } 的端口 { $ports } 不通，而反方向是通的。
finding-db-unreachable = { $node } 连不上数据库。
finding-db-unusable = { $node } 报告数据库不可用：可能连不上，也可能是数据库拒绝；日志没有写明是哪一种。
finding-db-unreachable-start = { $node } 在 { $since } 启动失败：连不上数据库。
finding-data-diverged = 存活节点对 { $count } 个服务返回的实例列表不一致：{ $services }。
finding-data-not-loaded = { $node } 在运行，但没有从其他节点加载到服务注册数据：它的 naming 未就绪。配置 nacos.naming.data.warmup=true（容器镜像默认如此）时就绪检查不通过，探针和负载均衡会把它摘掉。这与数据库无关。
finding-data-loading = { $node } 刚启动，还在从其他节点加载服务注册数据：naming 尚未就绪。
finding-clients-missing-named = 故障前的 { $before } 个客户端连接中有 { $missing } 个没有回来（当前 { $now } 个）。未恢复的客户端（当前/故障前连接数）：{ $who }{ $more ->
    [0] 。
   *[other] {" "}等，另有 { $more } 个。
  }
finding-clients-missing-by-name = 故障前的客户端中有 { $count } 个已不在任何节点上，或连接数比之前少，尽管有别的客户端连着。未恢复的客户端（当前/故障前连接数）：{ $who }{ $more ->
    [0] 。
   *[other] {" "}等，另有 { $more } 个。
  }{ $new ->
    [0] {""}
   *[other] 另有 { $new } 个新客户端：可能是同一应用换了地址。
  }
finding-clients-gone-named = { $at } 起 { $seconds } 秒内，{ $before } 个客户端连接断开了 { $gone } 个，至今没有回来（当前 { $now } 个；其中 { $node } 原有 { $had } 个），而所有节点都在运行。未恢复的客户端（当前/故障前连接数）：{ $who }{ $more ->
    [0] 。
   *[other] {" "}等，另有 { $more } 个。
  }
finding-clients-missing = 故障前的 { $before } 个客户端连接中有 { $missing } 个没有回来（当前 { $now } 个）。
finding-clients-gone = { $at } 起 { $seconds } 秒内，{ $before } 个客户端连接断开了 { $gone } 个，至今没有回来（当前 { $now } 个；其中 { $node } 原有 { $had } 个），而所有节点都在运行。
finding-clients-waves = { $minutes } 分钟内有 { $times } 次，{ $node } 上至少一半的客户端连接在一分钟内断开又连回来，而节点一直在运行：最近一次在 { $at }，{ $had } 个断了 { $lost } 个。是谁断开的没有看到。
finding-clients-left = { $at } 起 { $seconds } 秒内，{ $node } 有 { $count } 个客户端连接断开，而所有节点都在运行。日志里没有连接数，看不出有多少已经连回来；其后一分钟内，单个节点上新建了 { $opened } 个连接。
finding-clients-empty = { $nodes } 个节点共 { $total } 个客户端连接，{ $node } 上只有 { $count } 个（{ $fullest } 有 { $most } 个）。节点重启后，客户端不会自动连回来。
finding-clients-skewed = { $nodes } 个节点共 { $total } 个客户端连接，其中 { $most } 个在 { $node } 上。
finding-clock-skew = { $node } 的时钟与其他节点相差 { $seconds } 秒。
finding-logs-strange = { $node } 写出了 { $count } 行（{ $shapes } 类）特征库和健康集群中都没有见过的警告或错误。值得看一眼，本身不算故障。
finding-logs-last-words = { $node } 没有动静之前的第一条错误，出现在最后一行日志之前 { $seconds } 秒（共 { $count } 条）。
finding-node-hung-gc = { $node } 没有应答：一直在做 Full GC，堆已满或接近满。
finding-node-gc-storm = { $node } 仍有应答，但一直在做 Full GC：堆已满或接近满。
finding-node-start-failed-config = { $node } 在 { $since } 启动失败：application.properties 中有一项配置无法使用。
finding-config-insecure-derby = { $node }：Derby 运维接口已打开（nacos.config.derby.ops.enabled），能访问它的人就能读数据库。
finding-config-insecure-user-agent = { $node }：自称 “Nacos-Server” 的请求不经校验就放行（nacos.core.auth.enable.userAgentAuthWhite）。
finding-config-insecure-version = { $node } 运行的 { $version } 有已知漏洞（{ $weakness }），{ $fixed } 起已修复。
finding-config-standalone = { $node } 以单机模式（standalone）运行：它不会加入集群，单看自身却一切正常。
finding-net-dns = { $node } 的日志显示它解析不了主机名 { $member }。
finding-net-dns-now-and-then = { $node } 旁的辅助程序（如 peer-finder）报告无法解析名称 { $member }。如果成员列表由它生成，可能会缺少成员。
finding-net-dns-here = 从本机解析不了 { $node } 的主机名 { $member }。
finding-config-env-drift = { $node } 的 { $variable } 与其 cluster.conf 的成员不一致{ $side ->
    [more] （仅变量有：{ $more }）
    [less] （仅文件有：{ $less }）
   *[both] （仅变量有：{ $more }；仅文件有：{ $less }）
  }。容器下次启动时会用它重写该文件，节点的成员列表就会改变。
finding-vantage-limited = 从这里连不上 { $node } 的端口 { $ports }。节点自报的地址与配置的不同（如容器发布端口），不能确定这些就是它的端口，因此不据此下结论。
finding-door-grpc-not-forwarded = { $node } 的端口 { $ports } 本应是 gRPC，却以 HTTP/1 应答：前面有一个只转发 HTTP 的代理。
finding-clients-single-server = { $app } 的所有客户端（{ $hosts } 台主机）都连在 { $node } 上，而同一时期其他节点也在接入客户端：它们很可能只配置了这一个地址。
finding-clients-single-server-log = { $clients }{ $more ->
    [0] {""}
   *[other] （另有 { $more } 个）
}：客户端自己的日志表明，它只配置了一个节点。该节点失效后无处可切。
finding-logs-errors = { $node } 不断打印错误，且没有其他原因能解释：{ $shapes } 类共 { $count } 行。
finding-logs-errors-known = { $node } 不断打印已知的错误，但没有其他原因能解释：{ $kinds } 类共 { $count } 行。
finding-logs-no-peers = { $node } 上没有来自其他节点的连接（clusterCount=0），而其他节点有：别的节点没有连它。查看它们的 cluster.conf 是否写了它的实际地址，并从它们测试 9849。
cause-node-stopped-clean = { $nodes } 是被正常停止的：有人或某个系统发了 SIGTERM（shutdown.sh、systemd、Kubernetes）。
cause-node-killed = { $nodes } 被强制杀死（SIGKILL、断电或主机宕机）：没有停机记录，进程不在，其他节点的连接被拒绝。
cause-node-killed-shell = { $nodes } 被强制杀死（SIGKILL，由启动它的 shell 或 systemd 报告）。信号来源不明：OOM killer、人工操作或容器限额。
cause-node-gone-or-elsewhere = { $nodes } 的端口拒绝连接：进程已退出，或者填写的地址、端口不对。
cause-node-gone-late = { $nodes } 没有提供服务。本轮时间内没能看清更多：启动中、正常停止和被强制杀死看起来都一样。
cause-node-gone = { $nodes } 的进程已退出，无法判断是正常停止还是被强制杀死。
cause-node-killed-likely = { $nodes } 很可能被强制杀死（SIGKILL、断电或主机宕机）：没有停机记录，进程也已不在；没有看到其他节点的连接被拒绝。
cause-node-silent = { $nodes } 没有停机记录就失联了：被强制杀死、卡死，或连同主机一起断网；现有证据无法区分。
cause-node-oom-killed = 内核因内存不足杀死了 { $nodes }。
cause-node-oom-killed-likely = { $nodes } 很可能因内存不足被内核杀死：内核恰好在那一刻杀死了一个 Java 进程。
cause-node-oom-killed-possible = { $nodes } 有可能因内存不足被内核杀死：内核杀死过一个 Java 进程，但那一行没有时间。
cause-node-oom-java = { $nodes } 的 Java 堆内存耗尽：进程可能还在、端口还开着，但线程已死。
cause-node-jvm-crash = { $nodes } 的 JVM 崩溃了。
cause-node-disk-full = { $nodes } 写入的磁盘已满：Nacos 会停止工作，或自行退出（退出码 0）。
cause-node-disk-read-only = { $nodes } 的某个卷变成只读，无法写入。
cause-node-disk-fails = { $nodes } 的主机内核报告磁盘故障或无法写入：“{ $text }”。
cause-node-answers-error = { $nodes } 对就绪检查返回错误：“{ $text }”。
cause-node-evicted-disk = { $nodes } 被 Kubernetes 驱逐：主机磁盘空间不足。
cause-node-evicted-memory = { $nodes } 被 Kubernetes 驱逐：主机内存不足。
cause-node-evicted = { $nodes } 被 Kubernetes 驱逐：“{ $text }”。
cause-node-probe = { $nodes } 没有应答探针，被 Kubernetes 终止（“{ $text }”）。
cause-node-host-went-down = { $nodes } 的主机关机或重启：“{ $text }”。
cause-node-host-silent = Kubernetes 已收不到 { $nodes } 所在主机的心跳。
cause-node-not-started = { $nodes } 没有启动起来：“{ $text }”。
cause-node-files-exhausted = { $nodes } 的打开文件数已到上限。
cause-node-threads-exhausted = { $nodes } 无法再创建线程：进程数或线程数已到上限。
cause-node-memory-native = { $nodes } 在 Java 堆之外无法再从系统获得内存。
cause-node-paused = { $nodes } 停顿了一段时间，现已恢复运行。
cause-node-overloaded = { $nodes } 时断时续：拿到的 CPU 时间太少，或进程反复被停住又继续。
cause-node-hung = { $nodes } 卡死：进程和端口都在，但没有应答。
cause-node-hung-disk = { $nodes } 在等待磁盘：写入迟迟完成不了，有线程卡在内核里。
cause-node-hung-likely = { $nodes } 很可能卡死；但就目前看到的而言，主机宕机或网络被切断也会是同样的现象。
cause-node-stuck-starting = { $nodes } 启动卡住，不会自行完成。
cause-node-start-broke-off = { $nodes } 在启动过程中失联：卡在启动中，或被强制杀死。
cause-node-starting = { $nodes } 正在启动，尚未提供服务：请等它完成。
cause-node-start-failed = { $nodes } 启动失败。
cause-node-start-failed-because = { $nodes } 启动失败：“{ $text }”。
cause-node-start-no-leader = { $nodes } 因为没有 Raft leader 而放弃启动：其他节点没有起来。
cause-node-flapping = { $nodes } 反复宕机又拉起。
cause-node-flapping-up = { $nodes } 近期多次宕机，目前在运行。
cause-node-killed-after-hang = { $nodes } 先是卡死（或主机断网），随后进程结束：被强制杀死，或由人工结束。
cause-node-second-start = 在正常提供服务的 { $nodes } 旁边又启动了第二个进程，启动失败。
cause-node-isolated = { $nodes } 活着，但与其他所有节点隔离。
cause-node-unreachable = 完全看不到 { $nodes }：可能是主机、网络或访问权限的问题。
cause-node-unlisted = { $nodes } 是已停机的集群成员，但不在节点清单中。
cause-cluster-quorum-lost = Raft 多数派已丢失：{ $voters } 个投票成员中只有 { $live } 个存活，需要 { $needed } 个。
cause-cluster-quorum-cut = Raft 多数派已丢失：{ $voters } 个投票成员中有 { $live } 个存活，但彼此不通。无法投票：{ $dead }。
cause-raft-no-leader = 存活节点足够，但 Raft 组 { $group } 没有 leader。
cause-raft-link-broken = { $nodes } 之间的 Raft 端口不通，而每个节点都把其他节点显示为 UP。
cause-raft-link-at-start = { $nodes } 之间的 Raft 端口（7848）不通。使用内嵌存储时启动要等 leader，因此无法完成。
cause-link-burst = { $nodes } 的端口 { $ports } 可能不通：请求超时，但集中在同一时刻，或恰逢节点停顿，两种情况看起来一样。
cause-raft-member-mismatch = Raft 投票成员与 cluster.conf 不一致{ $side ->
    [more] （只在 Raft 中：{ $more }）
    [less] （不在 Raft 中：{ $less }）
    [none] { "" }
   *[both] （只在 Raft 中：{ $more }；不在 Raft 中：{ $less }）
  }。
cause-raft-group-not-run = { $peers } 回复没有运行 Raft 组 { $group }，{ $nodes } 因此无法参与该组。网络是通的。
cause-raft-storage-corrupt = { $nodes } 的 data/protocol 下的 Raft 数据已损坏。
cause-raft-state-machine-stopped = { $nodes } 的某个 Raft 组停在一个无法应用的日志条目上。
cause-members-state = 各节点对 { $nodes } 是否 UP 看法不一：有节点访问不到它，或刚失去、刚恢复与它的连接。
cause-members-disagree = 各节点运行中的成员列表不一致，而配置文件解释不了原因。
cause-members-ghost = { $member } 是幽灵成员：该地址没有机器应答。
cause-config-cluster-conf-drift = cluster.conf 不一致：{ $nodes } 写的成员不同{ $side ->
    [more] （多出：{ $more }）
    [less] （缺少：{ $less }）
    [none] { "" }
   *[both] （多出：{ $more }；缺少：{ $less }）
  }。
cause-config-cluster-conf-not-listed = { $nodes } 在运行，但所有 cluster.conf 都没有写它（{ $member }）：其他节点不认它是成员。
cause-config-cluster-conf-malformed = { $nodes } 的 cluster.conf 有一行不会按原意生效：第 { $line } 行 “{ $text }”。
cause-config-db-drift = { $nodes } 指向的数据库与其他节点不同（{ $keys }）。
cause-config-auth-drift = { $nodes } 的 token 密钥、服务端身份或鉴权开关与其他节点不一致：它与其他节点之间的请求会被拒绝。
cause-config-properties-drift = { $nodes } 上必须一致的配置项不同：{ $keys }。
cause-config-flags-drift = { $nodes } 的 JVM 参数、运行模式或存储方式不同：{ $keys }。
cause-config-version-mixed = 各节点版本不一致。
cause-config-insecure = 存在不安全的配置。
cause-net-grpc-blocked = { $nodes } 的 gRPC 端口（{ $ports }）不通：节点显示 UP，但客户端或其他服务端连不上。
cause-net-port-blocked = { $nodes } 的（或之间的）端口 { $ports } 不通。
cause-net-one-way = { $nodes } 之间的网络只有单方向是通的（端口 { $ports }）。
cause-net-dns = { $nodes } 上有主机名解析不正确。
cause-door-stale-upstream = 前端入口仍把请求转发到已经失效的 { $nodes }。
cause-door-grpc-not-forwarded = 前端入口没有转发 gRPC。
cause-db-unreachable-all = 能检查到的节点都连不上数据库。
cause-db-unreachable = { $nodes } 连不上数据库。
cause-db-unusable = { $nodes } 无法使用数据库：可能连不上，也可能是数据库拒绝，目前看不出是哪一种。
cause-data-diverged = 存活节点之间的实例或配置数据不一致。
cause-data-not-loaded = { $nodes } 在运行，但没有从其他节点加载到服务注册数据，因此未就绪。
cause-clients-missing = 故障后有客户端没有重连回来。
cause-clients-skewed = 客户端分布不均，{ $nodes } 上的连接过多。
cause-clients-gone = 所有节点都在运行，却有一批客户端同时断开，至今没有回来。
cause-clients-waves = { $nodes } 上的客户端成批断开又连回来，反复多次。
cause-clients-empty = { $nodes } 上几乎没有客户端连接。
cause-clients-single-server = 有客户端只配置了一个服务端地址，该节点失效时无法切换。
cause-clock-skew = { $nodes } 的时钟不准。
cause-logs-errors = { $nodes } 不断打印错误，且没有其他原因能解释。
cause-config-env-drift = { $nodes } 的环境变量与其 cluster.conf 的成员不一致，下次启动会覆盖该文件。
cause-vantage-limited = 从这里连不上 { $nodes } 的部分端口。
cause-none = 在已检查的范围内没有发现问题。
impact-ephemeral-survivors = 临时实例的注册与发现：剩余节点可用；原来连在 { $nodes } 上的客户端需要重连（连接被关闭时 0–8 秒，无响应时最长约 25 秒）。
impact-ephemeral-works = 临时实例的注册与发现：可用。
impact-persistent-short = 持久化服务与元数据：由 { $nodes } 担任 leader 的 Raft 组会中断 5–15 秒。
impact-persistent-lost = 持久化服务、元数据和开关：在恢复多数派和 leader 之前，所有修改都会失败。
impact-config-external = 配置：使用外部数据库，读取和发布不受影响；只是对 { $nodes } 的变更通知会延后。
impact-config-short = 配置（内嵌存储）：如果 { $nodes } 是配置 Raft 组的 leader，发布会中断几秒。
impact-config-lost = 配置（内嵌存储）：发布失败，读取可能失败，用户可能无法重新登录。
impact-apps = 已在运行的应用继续使用本地缓存的实例列表；此时新启动的应用可能失败。
impact-isolated = 仍连在 { $nodes } 上的客户端看到的实例列表会逐渐过期；其他客户端不受影响。
impact-link-raft = 持久化服务与元数据：连不到 leader 的一侧请求会失败或等待。
impact-link-embedded = 配置（内嵌存储）：从连不到 leader 的一侧发布会失败，该侧的就绪检查可能超时。
impact-grpc = 客户端无法接入，或实例变更到不了 { $nodes }；而 API 仍显示 UP。
impact-lists-differ = 客户端从不同节点拿到的实例列表可能不同。
impact-not-loaded = { $nodes } 上的客户端拿到的实例为空或不全；启用就绪探针时不会有客户端连到它。
impact-ghost = 集群实际可容忍的故障数比看上去少，而且每个节点都在不断尝试一个没有应答的地址。
impact-group-not-run = 该组保存的数据无法修改：naming_* 组为持久化服务，nacos_config 组为内嵌存储的配置。
impact-db = 通过 { $nodes } 无法读取或修改配置、命名空间和用户。
impact-auth = { $nodes } 签发的请求会被其他节点拒绝，反之亦然；用户的登录会随机失效。
impact-clients-counted = 客户端：故障前共 { $before } 个连接，其中 { $on } 个在 { $nodes } 上；现在有 { $now } 个，{ $missing ->
    [0] 不少于故障前
   *[other] 比故障前少 { $missing } 个
  }。
impact-clients-waiting = 客户端：故障前共 { $before } 个连接，其中 { $on } 个在 { $nodes } 上；现在有 { $now } 个，还有 { $missing } 个没有连回来（最长需要 30 秒）。
impact-clients-empty = 目前没有请求失败；其他节点分担了它那一份，其中任何一个宕机，受影响的客户端都会更多。
impact-clients = 缺失客户端的实例约 3 分钟后会从服务发现中消失；负载过多的节点响应会变慢。
action-front-door = 立即把 { $nodes } 从前端入口（VIP、nginx、DNS）摘除，其余节点保持原样运行。
action-find-who-stopped = 查清是谁停了 { $nodes }：shell 历史、systemd 日志、Kubernetes 事件、那一分钟的发布操作。
action-save-evidence = 启动之前先复制 { $nodes } 的 logs/（包括 start.out 或 startup.log、hs_err、堆转储）和内核日志：启动会清空其中一些文件。
action-find-killer = 查清 { $nodes } 是被什么杀死的：内核日志（OOM）、主机重启或断电、shell 历史里的 kill -9、容器限制或探针。
action-fix-supervisor = 排除 { $nodes } 无法启动的原因，负责启动它的程序会写明（systemctl status 和 journalctl -u、kubectl describe pod、docker inspect）。出现 “Start request repeated too quickly” 后，执行 systemctl reset-failed 才能再次启动。
action-fix-probe = 查明 { $nodes } 为何没有应答（步骤 2：GC、CPU 限额、启动时等待）。在此之前放宽探针（failureThreshold、timeoutSeconds），启动慢的用 startupProbe：否则探针还会终止下一次启动。
action-relieve-host = 为 { $nodes } 的主机腾出不足的资源，或把 Pod 迁到其他主机，并设置 requests 和 limits，避免优先被驱逐。
action-start-node = 排除原因后，启动 { $nodes }，一次只启动一个：版本不变、数据目录保持原样。
action-start-when-fixed = 然后启动 { $nodes }，一次只启动一个，数据目录保持原样。
action-restart-alone = 修复之后重启 { $nodes }，一次只处理一个节点：停止它，等进程完全退出，再启动；否则因该错误停止的 Raft 组不会自行恢复。
action-continue = { $nodes } 的进程被信号暂停（T 状态）：查清是谁暂停的，然后让它继续（kill -CONT PID）。在此之前 jstack 也会一直等待。
action-raft-storage-later = 暂时不要动 { $nodes } 的数据：先让其他节点恢复多数派，之后 leader 才能发送快照。
action-after-start = 等所有节点都显示它为 UP、每个 Raft 组都有且只有一个 leader、protocol-distro.log 出现 “load snapshot data success” 之后，再放回前端入口。
action-front-door-back = 等所有节点都显示 { $nodes } 为 UP、每个 Raft 组都有且只有一个 leader 之后，把 { $nodes } 放回前端入口。
action-memory-limit = 给 { $nodes } 留出内存：把 -Xmx 降到内存限制的 60% 以内，或调高限制；堆、元空间和直接内存都要计入。
action-heap = 调大 { $nodes } 的堆（-Xmx），保留堆转储，并查明是什么占满了内存（客户端、大配置）。
action-jdk = 查看 { $nodes } 的 hs_err 文件（信号、栈帧），升级 JDK，检查本地内存和 agent。
action-free-disk = 清理 { $nodes } 已满的磁盘，并查明是什么写满的：用 df -h 查看安装目录、logs/、data/ 各在哪个分区。旧日志在该分区上就先清旧日志，data/ 下的内容一律不动。期间停止的 Raft group 要等腾出空间后单独重启该节点才能恢复。
action-volume-writable = 在 { $nodes } 上查明哪个卷变成了只读以及原因（mount、dmesg、底层存储），磁盘有故障时先保存上面的数据，再恢复可写。不要移走 data/ 下的任何内容：坏的不是它。
action-give-rights = 在 { $nodes } 上把发现中指出的文件改回运行 Nacos 的账号（先 ls -l，再对安装目录、data/ 和 logs/ 执行 chown -R；容器中检查 runAsUser 和 fsGroup），之后只用该账号启动 Nacos。不要移动或删除 data/ 下的任何内容：数据没有损坏。
action-db-resources = 在数据库服务器上处理，不是在 { $nodes } 上：查看数据库自己的错误日志，清理其磁盘，或提高日志指出的上限（打开文件数、内存），然后发布一个配置验证。节点无需为此重启。
action-thread-dump = 结束进程之前，先对 { $nodes } 抓两次线程转储（jstack、jcmd Thread.print），并记下进程状态。
action-storage = 检查 { $nodes } 的存储：dmesg、挂载点、断开的 NFS 或 SAN 链路、冻结了文件系统的快照（fsfreeze）。先修好存储：D 状态的进程在存储恢复应答之前无法结束，恢复后会自行继续。
action-check-host = 确认 { $nodes } 的主机是否还在：ping、控制台、进程状态（T 表示被暂停，D 表示等待磁盘）。
action-end-hung = 如果 { $nodes } 只是被挂起，就让它继续（SIGCONT）；否则结束这一个进程，等它完全退出后，再单独启动它。
action-wait-for-start = 等待：启动一般需要 10–60 秒，机器慢或负载高时更久。90 秒后再看；如果还没起来，查看它的 start.out（3.x 为 startup.log）末尾。
action-wait-start = 查看 { $nodes } 的 start.out（3.x 为 startup.log）末尾：如果在等 leader，需要先把其他节点恢复。
action-restart-stuck = 等其他节点恢复到多数派之后：结束 { $nodes } 并重新启动，一次只处理一个节点；卡住的启动不会自行恢复。
action-quorum-then-start = 先逐个启动其他节点，直到多数派就绪且 nacos_config 有 leader，再重新启动 { $nodes }。
action-read-start-error = 查看 { $nodes } 的 nacos.log 和 start.out 中的异常链：最后一个 “Caused by” 就是原因（端口被占用时用 ss -ltnp 查是谁）。
action-stop-flapping = 在查明原因之前，先停掉自动拉起 { $nodes } 的机制（systemd、Kubernetes、脚本）。
action-open-between = 找出是什么隔离了 { $nodes }（防火墙、安全组、交换机、网络策略），在所有节点之间双向放通 8848、9848、9849、7848。
action-watch-rejoin = 不需要重启任何节点：观察到集群视图不再抖动、每个 Raft 组只有一个 leader 和一个 term 为止。
action-reach-node = 换一种方式（控制台、云平台）登录 { $nodes } 的主机，确认主机、网络和进程是否还在。
action-hand-in = 在步骤 1 上传 { $nodes } 的 conf/ 和 logs/，或粘贴 ss、dmesg 的输出：这样才能判断原因。
action-restore-quorum = 先恢复多数派：在 { $dead } 中挑最容易修复的节点先恢复。在此之前其他操作都没有用。
action-one-by-one = 逐个启动节点；等到 “started successfully” 且每个 Raft 组都有 leader 后，再启动下一个。
action-check-7848 = 双向检查存活节点之间的 7848 端口，并从 “deadNodes” 和 “PreVote to … error” 看缺的是谁。
action-restart-follower = 如果网络正常，只重启一个节点，而且它不是任何 Raft 组的 leader，然后等待选出 leader。
action-open-7848 = 在 { $nodes } 之间双向放通 Raft 端口（{ $ports }）；不需要重启任何节点。
action-open-7848-start = 先双向放通 { $nodes } 之间的 Raft 端口（7848）：放通之前任何启动都完成不了。然后等一分钟；仍卡住的节点再逐个结束并重新启动。
action-raft-members = 在多数派存活时，通过 leader 修正 Raft 成员（每个组一次增删一个 peer），再修正 cluster.conf。
action-raft-group = 在 { $peers } 上：查看 start.out（3.x 为 startup.log）中最近一次启动和 naming-raft.log，找出 { $group } 组没有建起来的原因，并与 { $nodes } 比较版本和配置。然后只重启其中一个节点，等该组选出 leader。
action-raft-storage = 只在 { $nodes } 上操作，且其他节点保有多数派时：如果它在运行，先停止并等进程完全退出。然后备份 data/protocol，移走损坏的组目录再启动；leader 会发送快照。
action-raft-entry = 查看 { $nodes } 上该错误后面的异常：它说明这个日志条目为什么无法应用。与已成功应用的节点对比版本、插件和 JVM 参数。仅重启没有用。
action-leave-running = 保持 { $nodes } 原样：它在正常服务。查清是什么启动了第二个进程（脚本、systemd 或人工），避免再次发生。
action-members-align = 为所有节点写一份相同的 cluster.conf（写法一致，全用 IP 或全用主机名），再比较成员列表。
action-ghost-remove = 从每个节点的 cluster.conf 中删除 { $member }。如果它参与 Raft 投票，只能在多数派存活时，通过 leader 把它从每个组中移除。
action-conf-align = 把 { $nodes } 的 cluster.conf 改成与其他节点一致{ $side ->
    [more] （删除：{ $more }）
    [less] （补上：{ $less }）
    [none] { "" }
   *[both] （删除：{ $more }；补上：{ $less }）
  }；Nacos 会自动生效，无需重启。
action-conf-add = 把 { $member } 加入每个节点（包括它自己）的 cluster.conf，Nacos 会自动重新加载，无需重启。容器部署还要同时加入 NACOS_SERVERS。
action-conf-fix-line = 修正 { $nodes } 的 cluster.conf 第 { $line } 行：每行一个 host:port，不要有其他内容。
action-db-align = 把 { $nodes } 的数据库配置改成与其他节点一致（{ $keys }）。
action-db-restore = 恢复数据库，并用 application.properties 里的地址和账号在 { $nodes } 上测试连接。
action-auth-align = 把 { $nodes } 的 token 密钥、服务端身份和鉴权开关改成与其他节点一致，然后单独重启该节点。
action-properties-align = 统一这些配置（{ $keys }），待集群其他部分正常后，单独重启 { $nodes }。
action-flags-align = 用与其他节点相同的参数、模式和存储启动 { $nodes }（{ $keys }）。
action-version-finish = 逐个节点完成升级。
action-secure-later = 现在不用处理：故障结束后开启鉴权，并在所有节点上同时换成自己的密钥。
action-open-grpc = 对所有客户端和服务端按 TCP 放通 { $nodes } 的 { $ports }：节点之间和经前端入口都要放通。
action-open-port = 在所有节点之间放通 { $nodes } 的 { $ports }。
action-open-one-way = 找出在 { $nodes } 之间丢弃单方向流量（端口 { $ports }）的规则：防火墙、安全组、非对称路由。
action-dns = 修正 { $nodes } 上的主机名解析，或全部统一使用 IP 地址。
action-door-upstream = 从上游列表中移除 { $nodes }，并启用健康检查。
action-door-grpc = 将主端口 + 1000 按 TCP stream 转发，并设置较长的超时。
action-data-diverged = 等 30 秒再比较；如果仍不一致，先迁走有差异的节点上的客户端，再单独重启该节点。
action-data-load = 查看 { $nodes } 的 protocol-distro.log（[DISTRO-INIT] 写明向哪个节点加载、为何失败），并从它测试到其他各节点的 9849（2.0 之前为 8848）。如果端口都通，2 分钟后仍未加载，单独重启该节点。
action-clients-gone = 先确认这些应用当时是否在下线或发布。如果不是，检查它们到 Nacos 之间的网络、防火墙和前端入口，再看其中一个应用的日志。
action-clients-notify = 通知缺失客户端的应用团队，或逐个重启这些进程：名单见步骤 5。
action-rebalance = 全部稳定几分钟之后，再分小批迁移连接。
action-single-server = 给这些应用配置所有节点的地址，或使用能自动切换的前端入口。
action-clock = 修复 { $nodes } 的时间同步（NTP、chrony）。
action-read-errors = 查看步骤 2 中的日志行，并与健康节点对比。
action-none = 无需操作；在步骤 6 继续观察。
donot-end-a-start = 启动过程中不要结束 { $nodes }：再次启动要从头开始；使用内嵌存储时，中途结束可能损坏文件。
donot-restart-survivors = 不要重启仍在工作的节点：任何一个都可能是维持多数派的最后一个，而且刚重启的节点在加载完成前会返回空列表。
donot-restart-all = 不要重启所有节点：这会把局部故障变成全面故障，而且解决不了根因。
donot-remove-data = 不要删除 data/protocol（或 data/）：这会丢掉该节点的 Raft 日志和 term；两个节点都丢，整个集群的就没了。
donot-remove-data-many = 除这一个节点外不要删除任何节点的 data/protocol；其他节点没有多数派时，连这个节点的也不能删：持久化服务会丢失。
donot-copy-data = 不要从其他节点复制 data/：两个节点使用同一份 Raft 身份，两边的数据都会损坏。
donot-reset-peers = 不要调用 resetPeers：它放弃多数派约束，可能丢失已提交的数据；只有其他节点确定永久丢失时才能用。
donot-console-offline = 不要在控制台点“下线”：它会逐个节点修改成员列表，导致各节点不一致。
donot-redeploy-in-bulk = 现在不要批量发布或扩缩应用：所有连接都会落到剩余的节点上。
donot-redeploy-apps = 现在不要发布或重启应用：运行中的应用靠缓存列表工作，新启动的可能起不来。
donot-start-unchanged = 不要原样再启动：它会以同样方式停掉，还可能丢失现场证据。
donot-second-copy = 卡死的进程还在时不要再启动一份：两个进程使用同一个数据目录会损坏数据。
donot-start-together = 不要同时启动多个节点：使用内嵌存储时它们可能互相等待、永远起不来。
donot-trust-up = 不要相信 “UP” 和 “ready”：这种故障下它们一直是绿的。
donot-rebalance-yet = 在多数派、leader 和链路稳定之前不要重新均衡连接：那会让客户端重连到有问题的节点。
judged-nothing = 没有可判断的内容。
judged-not-gathered = 未采集到这部分内容，无法判断。
judged-process-not-seen = 未采集到该节点的进程表：进程是否存活只能根据文件和其他节点推断。
judged-missed-at-end = { $peers } 的最后几行日志里无法访问 { $node }，或者不把它标为 UP。它是刚刚退出还是只是变慢，现在还无法判断：请用半分钟之后的日志再看一次。
judged-copies-end = 副本只能说明 { $at } 及之前的情况。如果所有节点恰好都在那一刻停止，看起来就和那一刻复制的一样。
moment-zone-assumed = 日志看不出节点的时区，按 { $zone } 处理。
moment-clock-set-back = { $node } 的 { $path } 比其他节点的所有文件晚结束 { $minutes } 分钟，而它自己的多数文件与其他节点同时结束：很可能之后它的时钟被回调过。判断的时刻不以该文件为准。
moment-copies-ended = 副本都止于 { $end }（{ $zone }），早于所问的时刻（{ $asked }）。按副本结束的时刻判断，之后的情况不明。
judged-copy-ends-early = { $node } 的日志副本在所判断的时刻之前就结束了，但没有其他节点报告它失联：副本可能是更早复制的。
judged-node-runs = { $node } 在运行。
judged-node-silent = { $node } 自 { $since } 起没有动静；它是怎么停的，要从其他节点的日志判断。
judged-node-unseen = 未采集到 { $node } 的任何信息。
judged-given-twice = 为 { $node } 提供的内容其实是 { $other } 的：同一目录、其副本或同一地址。对 { $node } 按未看到处理。请提供 { $node } 自己的文件或地址。
judged-no-stamps = 已读取 { $node } 的 { $files } 个日志文件，但无法识别其中的时间戳（首行：{ $line }）。其内容没有参与判断。
judged-quorum-unseen = 既未采集到 Raft 成员，也未采集到 cluster.conf，无法判断多数派。
judged-some-run = 正在运行：{ $nodes }。
judged-all-run = 所有节点都在运行：{ $nodes }。
judged-log-unreadable = { $path } 无法读取：{ $why ->
        [timeout] 本轮留给该节点的时间已用完
       *[other] { $why }
    }。
judged-log-not-understood = 已读取 { $path }，但无法理解：在 Nacos 会写日志级别的位置，这些记录没有级别，说明日志格式被改过。其内容没有参与判断。
judged-log-cut = { $path } 只读取了一部分：{ $why ->
        [over_cap] 时间窗口内的内容超过单个文件的读取上限
        [deadline] 本轮留给该节点的时间已用完
        [changed] 读取期间文件被轮转或截断
        [recording_start] 录制从时间窗口中间才开始
        [packed] 压缩文件已损坏或不完整
        [failed] 读取中途失败
       *[other] { $why }
    }。
judged-no-logs = 未采集到 { $node } 的日志。
judged-no-logs-at-all = 未采集到任何节点的日志。
judged-logs-read = { $node }：读取 { $files } 个日志文件，命中 { $hits } 行已知日志，没有需要修复的问题。
judged-logs-agree = 各节点日志相互吻合：链路畅通，每个 Raft 组都有 leader。
judged-ports-not-probed = 没有探测 { $node } 的端口。
judged-link-or-node = { $node } 刚才连不上 { $peer }，而 { $peer } 此后没有再写日志：是链路断了还是 { $peer } 停了，几秒后就能分辨。
judged-probe-late = { $node } 的端口 { $port } 没有及时应答，但本轮其他应答也都偏慢：不能据此断定端口不通。
judged-probe-early = { $node } 的端口 { $port } 拒绝连接时，{ $node } 可能还在启动：不能据此判断端口是否正常，请再看一次。
judged-half-read = { $node } 的日志没能在限时内读完；其中没有写的内容不能作为证据。
judged-links-unmeasured = 没有探测从 { $node } 到以下端口的链路，日志中也没有相关记录：{ $ports }。
judged-raft-link-unseen = 看不到 { $nodes } 之间的 Raft 端口是否相通：端口不通时 API 仍会显示一切正常。其中任一节点的日志都能说明。
judged-readiness-late = { $node } 有应答，但就绪检查没有及时应答。
judged-links-fine = 没有发现运行中的节点之间有不通的链路。
judged-ports = { $node }：从 nodedown 所在主机测试 { $all } 个端口，{ $open } 个有应答。
judged-conf-absent = { $node } 没有 cluster.conf：成员来自其他地方（成员列表参数或地址服务器）。
judged-conf-fine = { $node }：cluster.conf 有 { $count } 个成员，没有错误的行。
judged-conf-unseen = 未采集到 { $node } 的 cluster.conf。
judged-members-agree = 在已采集到的范围内，文件、运行时成员列表和 Raft 成员一致。
judged-members-strangers = 以下成员不在节点清单中：{ $members }。没有检查它们。
judged-properties-absent = 未采集到 { $node } 的 application.properties。
judged-properties-unseen = 未采集到 { $node } 的配置项。
judged-properties-unresolved = 未采集到来自环境变量的取值：{ $names }。
judged-properties-read = { $node }：读取到 { $count } 个生效的配置项。
judged-nothing-to-compare = 采集到配置的节点不足两个，无法比较。
judged-settings-agree = 比较了 { $count } 个配置项，必须一致的都一致。
judged-view-silent = { $node } 没有应答（{ $why ->
        [refused] 连接被拒绝
        [timeout] 未在时限内应答
        [silent] 接受连接但不应答
        [reset] 连接被重置
        [unreachable] 主机或网络不可达
        [dns] 主机名无法解析
        [wrong_protocol] 应答方使用的是别的协议
        [protocol] 无法理解其应答
        [untrusted] 应答方不可信
        [denied] 不允许
        [cancelled] 已取消
        [not_configured] 没有相应的配置
        [not_recorded] 录制中没有
       *[other] { $why }
    }）。
judged-view-no-members = { $node } 没有给出成员列表。
judged-view-ready = { $node } 有应答并显示就绪。但仅凭这一点不能说明它健康。
judged-view-not-ready = { $node } 有应答，但显示未就绪。
judged-view-alive = { $node } 有应答；未给出就绪状态。
judged-no-views = 没有向任何节点查询集群视图（没有 API）。
judged-view-unseen = 未采集到 { $node } 的集群视图。
judged-views-agree = 有应答的节点对成员、leader 和 term 的看法一致。
judged-clients-unseen = 未采集到 { $node } 的客户端连接。
judged-clients-none-seen = 没有节点给出客户端连接信息。
judged-clients = { $node }：{ $sdk } 个客户端连接（来源：{ $from ->
        [loader] API 的连接列表
        [metrics] API 的指标
        [log] 日志中最新的计数
       *[other] { $from }
    }）。
judged-clients-before-unseen = 未统计到 { $node } 在 { $at } 前不久的客户端连接数，无法判断此后是否有客户端缺失。
judged-watched = { $node }：巡检自 { $since } 起；首次计数 { $first } 个客户端连接，最近一次（{ $at }）{ $last } 个。
judged-watched-silent = { $node }：巡检自 { $since } 起；首次计数 { $first } 个客户端连接，最后一次 { $last } 个；{ $silent } 起未应答巡检。
judged-watched-never = { $node } 没有巡检记录，不知道其客户端连接此前有多少。
judged-watched-untold = 巡检时 { $node } 有应答，但从未给出客户端连接数。
judged-clients-spread = { $nodes } 个节点共有 { $total } 个客户端连接。
judged-sample-silent = { $node } 没有应答。
judged-sample-members = 在 { $node } 看来，以下成员不是 UP：{ $members }。
judged-sample-fine = { $node }：存活，所有成员 UP。
judged-no-sample = 没有 { $node } 的采样。
judged-no-samples = 还没有采样。
judged-stable-now = 所有节点最新的采样一致：没有抖动。
judged-stable-partly = 已有的采样平稳，但并非每个节点都采到了。
stability-node-silent = { $node } 没有应答
stability-member = { $node } 认为 { $member } 是 { $state }
stability-not-ready = { $node } 未就绪
stability-raft-error = { $node } 上报了 Raft 错误
stability-leader-disagree = 各节点对 { $group } 的 leader 或 term 看法不一
stability-leader-changed = { $group } 的 leader 或 term 发生变化（{ $node }）
stability-connections = { $node } 的连接数从 { $before } 降到 { $after }
stability-gap = 缺少 { $node } 的采样
stability-gap-all = nodedown 有 { $seconds } 秒没有对任何节点采样
gate-yes = 没有 { $node }，多数派仍在，每个 Raft 组都有 leader，其他节点也没有问题。
gate-yes-not-running = { $node } 没有在运行，启动它不会带来损失。
gate-tolerance = { $node } 停机期间，容错余量为 { $left }。
gate-quorum-unknown = 多数派未知：既未采集到 Raft 成员，也未采集到 cluster.conf。第 3 步的检查会采集这两项。
gate-quorum-lost = 多数派已经丢失（存活 { $live } 个，需要 { $needed } 个）。
gate-quorum-would-be-lost = 没有 { $node } 时只有 { $without } 个投票成员存活，需要 { $needed } 个。
gate-no-leader = Raft 组 { $group } 没有 leader。
gate-other-down = { $node } 没有在运行。
gate-other-starting = { $node } 还在启动中。
gate-other-loads = { $node } 还没有加载其他节点的数据（Distro）。
gate-data-differs = { $nodes } 上部分服务的实例比其他节点少：此时重启其他节点可能丢失这些实例。
gate-starts = { $node } 正在启动，请等待；现在结束它，启动要重新开始。
gate-unreachable = { $node } 无法访问，不知道它是否在运行。请到其主机上查看，或在可以访问后重新运行检查。
gate-unseen = 没有采集到 { $node }，不知道它是否在运行。第 1 步的检查会采集。
gate-yes-hung = { $node } 没有应答，结束并重新启动它不会影响正在提供的服务。
gate-links-unmeasured = 没有证据表明 { $nodes } 之间的 Raft 和 gRPC 端口互通。请让 nodedown 读取它们的日志，或上传日志，然后运行第 4 步的检查。
gate-links-accepted = 没有测量 { $nodes } 之间是否互通；该集群的设置接受这一点。
gate-election-untried = { $node } 是 Raft 组的 leader。它停机后要由 { $nodes } 选主，而它们之间的 Raft 端口没有人测试过。请先在这些节点上测试（第 4 步），或先重启不是 leader 的节点。
gate-waits-first = 尚无判断，需要先完成一轮检查（第 1 步或任何一步）。
gate-look-none = 该集群尚未检测。
gate-look-down = { $node } 没有提供服务。启动之前须保存现场并排除停机原因，请通过故障处理进行。
gate-look-needed = 没有 { $node } 就失去多数派。
gate-look-links = 检测没有发现异常，但不测量节点之间的链路，因此不作判断。
gate-link = { $nodes } 之间的链路不通。
gate-no-such-node = 没有名为 { $node } 的节点。
help-node-stopped-clean-title = 正常停止
help-node-stopped-clean-meaning = 节点自己的日志以正常停机记录（SIGTERM、shutdown.sh）结尾，且不能用磁盘满或启动失败来解释。
help-node-stopped-clean-impact = 剩余节点继续提供临时实例发现；它的客户端会重连。由它担任 leader 的 Raft 组在 5–15 秒内重新选主。集群可容忍的故障数减一。
help-node-stopped-clean-todo = 从前端入口摘除，查清是谁停的，再启动它，等所有节点都显示 UP。
help-node-stopped-clean-donot = 不要重启仍在工作的节点，不要删除 data/protocol，不要在控制台点“下线”，现在不要发布应用。
help-node-stopped-clean-refuted = 停机记录之前不久有磁盘满或启动失败的记录；或者停机记录之后还有日志。
help-node-killed-title = 被强制杀死
help-node-killed-meaning = 日志在正常工作中戛然而止，没有停机记录，进程不在，其他节点的连接立即被拒绝：SIGKILL、断电或容器被终止。
help-node-killed-impact = 剩余节点继续提供临时实例发现；它的客户端会重连。由它担任 leader 的 Raft 组在 5–15 秒内重新选主。集群可容忍的故障数减一。
help-node-killed-todo = 从前端入口摘除，保存日志和内核日志，查明是什么杀死的，再单独启动。
help-node-killed-donot = 不要重启仍在工作的节点，不要删除 data/protocol，不要在控制台点“下线”，现在不要发布应用。
help-node-killed-refuted = 日志结尾有停机记录、OOM 记录或 hs_err 文件；进程其实还在；或其他节点看到的只有超时。
help-node-oom-killed-title = 被内核 OOM 杀死
help-node-oom-killed-meaning = 内核日志写明该节点进程被 OOM Killer 杀死。
help-node-oom-killed-impact = 剩余节点继续提供临时实例发现；它的客户端会重连。由它担任 leader 的 Raft 组在 5–15 秒内重新选主。集群可容忍的故障数减一。
help-node-oom-killed-todo = 先降低堆大小或提高内存限制，再启动。
help-node-oom-killed-donot = 不要原样启动：还会被杀死。
help-node-oom-killed-refuted = OOM 记录里的进程号不是它，或时间早于最后一行日志。
help-node-oom-java-title = Java 内存溢出
help-node-oom-java-meaning = 日志中出现 OutOfMemoryError。进程通常还在、端口还开着，但线程已死。
help-node-oom-java-impact = 剩余节点继续提供临时实例发现；它的客户端会重连。由它担任 leader 的 Raft 组在 5–15 秒内重新选主。集群可容忍的故障数减一。
help-node-oom-java-todo = 保留堆转储，调大堆内存，只重启这个节点。
help-node-oom-java-donot = 不要原样启动，也不要为了分摊负载去重启其他节点。
help-node-oom-java-refuted = 该错误早于最近一次启动，或属于其他进程。
help-node-jvm-crash-title = JVM 崩溃
help-node-jvm-crash-meaning = hs_err 文件或致命错误信息晚于最近一次启动。
help-node-jvm-crash-impact = 剩余节点继续提供临时实例发现；它的客户端会重连。由它担任 leader 的 Raft 组在 5–15 秒内重新选主。集群可容忍的故障数减一。
help-node-jvm-crash-todo = 查看 hs_err 的信号和栈帧，升级 JDK，检查本地内存与 agent，再单独启动。
help-node-jvm-crash-donot = 不要删除 hs_err 和 core 文件。
help-node-jvm-crash-refuted = hs_err 文件早于最近一次启动。
help-node-disk-full-title = 磁盘写满
help-node-disk-full-meaning = 停止之前紧接着出现 “Local Disk Full,Exit” 或 “No space left on device”。Nacos 随后以退出码 0 停机：看着像计划内停机，其实不是。
help-node-disk-full-impact = 剩余节点继续提供临时实例发现；它的客户端会重连。由它担任 leader 的 Raft 组在 5–15 秒内重新选主。集群可容忍的故障数减一。
help-node-disk-full-todo = 清理空间（先清旧日志），查明是什么写满的，再单独启动。
help-node-disk-full-donot = 不要为了腾空间删除 data/ 下的任何内容。
help-node-disk-full-refuted = 当时磁盘有空间，且该记录属于另一个卷。
help-node-files-exhausted-title = 文件句柄耗尽
help-node-files-exhausted-meaning = 进程的打开文件数已到上限（“Too many open files”）。每个连接也占一个：新的客户端和节点连接会被拒绝，Raft 文件和日志也打不开。
help-node-files-exhausted-impact = 到该节点的新连接失败，旧连接可能还在；最终节点停止服务，客户端转移到其他节点。
help-node-files-exhausted-todo = 调大打开文件数上限，并找出是谁占用了这么多连接。
help-node-files-exhausted-donot = 不要只重启：上限和客户端不变，结果还会一样。
help-node-files-exhausted-refuted = ls /proc/PID/fd 的数量远小于 /proc/PID/limits 中的 “Max open files”。
help-node-threads-exhausted-title = 线程数耗尽
help-node-threads-exhausted-meaning = 进程无法再创建线程（“unable to create native thread”）：用户（ulimit -u）、容器（pids）或 systemd（TasksMax）的上限已到，或系统没有内存分配线程栈。它名义上是 OutOfMemoryError，但缺的不是堆。
help-node-threads-exhausted-impact = 需要新线程的操作失败：新连接、选举、定时任务。进程仍在、端口仍开，看上去像是活着。
help-node-threads-exhausted-todo = 调大上限，找出谁创建了这么多线程，然后启动节点。
help-node-threads-exhausted-donot = 不要调大 -Xmx：堆越大，留给线程的内存越少。
help-node-threads-exhausted-refuted = ls /proc/PID/task 的数量远小于 /proc/PID/limits 的 “Max processes” 和容器的 pids.max。
help-node-memory-native-title = 堆外内存不足
help-node-memory-native-meaning = JVM 向系统申请内存（线程栈、直接缓冲区、RocksDB、自身代码）失败（“insufficient memory for the Java Runtime Environment”、“Cannot allocate memory”）。缺的不是 Java 堆。
help-node-memory-native-impact = JVM 通常会立即自行退出，客户端转移到其他节点。
help-node-memory-native-todo = 给机器或容器更多内存，或调小 -Xmx 给堆外留出空间，然后启动节点。
help-node-memory-native-donot = 不要调大 -Xmx：那样堆外内存更少。
help-node-memory-native-refuted = 再次失败时 free -m、容器的 memory.max 和 vm.max_map_count 都还有余量。
help-node-paused-title = 节点停顿过
help-node-paused-meaning = 连接池每 30 秒执行一次的任务严重延迟（“Thread starvation or clock leap detected”），期间进程没有运行：虚拟机迁移或冻结、宿主机没有 CPU 时间或在 swap，或一次 GC 停住了所有线程。时钟被拨快时现象相同。
help-node-paused-impact = 其他节点认为它已不在，客户端连到别处；恢复后会回来。由它担任 leader 的 Raft 组会重新选举。
help-node-paused-todo = 查明停顿原因：虚拟机快照或迁移、CPU steal、swap、长时间 GC、校时服务调整时钟。
help-node-paused-donot = 不要为此重启节点：它已恢复运行。
help-node-paused-refuted = 那段时间该节点的日志每隔几秒仍有记录。
help-node-overloaded-title = 时断时续
help-node-overloaded-meaning = 节点在运行，但反复停顿数秒，而其他节点没有：容器被限流、宿主机过载或 CPU 被抢占、swap，或有东西反复暂停和恢复进程。
help-node-overloaded-impact = 对它的请求变慢或超时，客户端来回切换，其他节点的上报会失败；各成员列表仍可能显示 UP。
help-node-overloaded-todo = 把它从前端入口摘除，查明 CPU 时间被什么占用。
help-node-overloaded-donot = 查明之前不要重启：在同一台宿主机上结果不变。
help-node-overloaded-refuted = 连续十次都在几十毫秒内应答，日志中每三秒有一次心跳。
help-node-hung-title = 卡死
help-node-hung-meaning = 进程和端口都在，但 HTTP 无应答；或仅从文件看，日志突然中断，其他节点看到的是超时而不是拒绝。
help-node-hung-impact = 比宕机更糟：客户端要等到超时（最长约 25 秒）才会切换。
help-node-hung-todo = 从前端入口摘除，抓线程转储，检查主机和磁盘，然后只结束并重启这一个进程。
help-node-hung-donot = 第一个进程还在时不要再启动一份，也不要重启其他节点。
help-node-hung-refuted = HTTP 有应答；或进程已经不在。如果它自己的日志还在写：有其他节点能得到它的应答（那就是链路被切断）。
help-node-starting-title = 正在启动
help-node-starting-meaning = 节点刚刚启动，尚未提供服务；正常的启动就是这样。其他节点对它的描述是启动之前的情况。
help-node-starting-impact = 启动期间由其他节点承担它的客户端，集群可容忍的故障数减一。
help-node-starting-todo = 等待，90 秒后再看。
help-node-starting-donot = 不要结束它再重新启动；不要重启正在提供服务的节点。
help-node-starting-refuted = 出现 “started successfully”，或启动因报错而结束。
help-node-stuck-starting-title = 启动卡住
help-node-stuck-starting-meaning = 一直打印 “Nacos is starting...”，始终没有 “started successfully”。使用内嵌存储时可能会一直等待 leader。
help-node-stuck-starting-impact = 剩余节点继续提供临时实例发现；它的客户端会重连。由它担任 leader 的 Raft 组在 5–15 秒内重新选主。集群可容忍的故障数减一。
help-node-stuck-starting-todo = 先恢复其他节点的多数派，再结束并重新启动它。
help-node-stuck-starting-donot = 不要同时启动多个节点，不要删除 data/protocol。
help-node-stuck-starting-refuted = 出现 “started successfully”。
help-node-start-failed-title = 启动失败
help-node-start-failed-meaning = 最近一次启动之后出现 “Nacos failed to start”，且没有其他代码说明原因。
help-node-start-failed-impact = 剩余节点继续提供临时实例发现；它的客户端会重连。由它担任 leader 的 Raft 组在 5–15 秒内重新选主。集群可容忍的故障数减一。
help-node-start-failed-todo = 查看异常链最后一个 “Caused by”，修复后再启动。
help-node-start-failed-donot = 不要原样再启动。
help-node-start-failed-refuted = 之后又有一次启动成功。
help-node-flapping-title = 反复起停
help-node-flapping-meaning = 该节点在 15 分钟内启动了至少三次。
help-node-flapping-impact = 每次都会引起客户端迁移和 Raft 重新选主，实例列表可能短暂为空。
help-node-flapping-todo = 先停掉自动重启，查明退出原因，再启动一次。
help-node-flapping-donot = 不要重启仍在工作的节点，不要删除 data/protocol，不要在控制台点“下线”，现在不要发布应用。
help-node-flapping-refuted = 是有人故意这样多次重启的。
help-node-second-start-title = 重复启动失败
help-node-second-start-meaning = 节点进程正常运行期间又有一次启动失败：有人在旁边启动了第二个进程，端口或数据目录已被占用。
help-node-second-start-impact = 无：节点正常提供服务。
help-node-second-start-todo = 保持运行；查清是什么启动了第二个进程。
help-node-second-start-donot = 不要结束正在服务的进程，也不要再启动一个。
help-node-second-start-refuted = 它日志中的心跳在那次启动失败之前就已停止：那它就是宕机了。
help-node-isolated-title = 被隔离
help-node-isolated-meaning = 节点自己的日志仍在继续，但其他节点都连不上它，它也连不上任何节点。
help-node-isolated-impact = 它向仍能连到它的客户端提供逐渐过期的列表，且不参与投票。
help-node-isolated-todo = 从前端入口摘除，找出隔离原因并放通四个端口；不需要重启。
help-node-isolated-donot = 不要用重启节点来解决网络问题。
help-node-isolated-refuted = 有节点能连上它（那就是单条链路问题），或它自己的日志已中断（那就是停止或卡死）。
help-node-unreachable-title = 无法访问
help-node-unreachable-meaning = 从本机既看不到它的端口，也读不到它的文件。
help-node-unreachable-impact = 剩余节点继续提供临时实例发现；它的客户端会重连。由它担任 leader 的 Raft 组在 5–15 秒内重新选主。集群可容忍的故障数减一。
help-node-unreachable-todo = 用其他方式登录主机，或上传它的日志。
help-node-unreachable-donot = 不要重启仍在工作的节点，不要删除 data/protocol，不要在控制台点“下线”，现在不要发布应用。
help-node-unreachable-refuted = 收到它的任何应答，或看到它的日志。
help-cluster-quorum-lost-title = 多数派丢失
help-cluster-quorum-lost-meaning = 存活的投票成员少于多数派所需。DOWN 的成员仍计入总数。
help-cluster-quorum-lost-impact = 持久化服务、元数据以及（内嵌存储时的）配置无法修改。存活节点上的临时实例发现仍可用。
help-cluster-quorum-lost-todo = 先恢复最容易修复的节点，逐个进行。
help-cluster-quorum-lost-donot = 不要调用 resetPeers，不要删除 data/protocol，不要重启最后存活的节点。
help-cluster-quorum-lost-refuted = 之后已选出 leader；或被算作失效的节点仍在投票。
help-raft-no-leader-title = 没有 leader
help-raft-no-leader-meaning = 存活节点足够，但某个 Raft 组没有 leader。
help-raft-no-leader-impact = 对该组所存数据的修改会失败：持久化服务、元数据或配置。
help-raft-no-leader-todo = 检查存活节点之间的 7848 端口、Raft 成员中的幽灵成员，以及损坏的存储。
help-raft-no-leader-donot = 不要调用 resetPeers，不要删除 data/protocol。
help-raft-no-leader-refuted = 最后一次报错之后出现 “become leader of group” 或带 leader 的 Raft 事件。
help-raft-link-broken-title = Raft 链路不通
help-raft-link-broken-meaning = 两个存活节点之间 7848 不通。所有 API 仍显示 UP。
help-raft-link-broken-impact = 连不到 leader 的一侧无法写入；再发生一个故障就可能丢失多数派。
help-raft-link-broken-todo = 在两者之间双向放通 7848。不需要重启。
help-raft-link-broken-donot = 不要重启所有节点，不要相信 UP。
help-raft-link-broken-refuted = 两者之间 7848 有应答，且报错已停止。
help-raft-member-mismatch-title = Raft 成员与 cluster.conf 不一致
help-raft-member-mismatch-meaning = Raft 的投票成员与文件中的成员不同。
help-raft-member-mismatch-impact = 多数派是按错误的成员集合计算的。
help-raft-member-mismatch-todo = 在多数派存活时，通过 leader 修正成员。
help-raft-member-mismatch-donot = 不要调用 resetPeers。
help-raft-member-mismatch-refuted = alipay-jraft.log 中最新的 “conf=” 与 cluster.conf 一致。
help-raft-storage-corrupt-title = Raft 存储损坏
help-raft-storage-corrupt-meaning = data/protocol/raft 下的日志、元数据或快照无法读写。
help-raft-storage-corrupt-impact = 该组在这个节点上失效；节点可能无法启动。
help-raft-storage-corrupt-todo = 仅在该节点上、且其他节点保有多数派时：停止该节点，移走损坏的组目录再启动，leader 会发送快照。
help-raft-storage-corrupt-donot = 绝不在两个节点上这样做，绝不从其他节点复制 data/。
help-raft-storage-corrupt-refuted = 其实是磁盘满或只读：先解决它。
help-raft-state-machine-stopped-title = Raft 状态机停止
help-raft-state-machine-stopped-meaning = 某个 Raft 组的状态机遇到一个无法应用的日志条目，该组在这个节点上停止工作。
help-raft-state-machine-stopped-impact = 该组在这个节点上失效：它保存的数据（内嵌存储的配置、持久化服务）在这里不再更新。
help-raft-state-machine-stopped-todo = 查看其后的异常并消除原因；然后在其他节点保有多数派时，只在该节点上停止它、移走该组目录再启动，leader 会发送快照。
help-raft-state-machine-stopped-donot = 仅重启会停在同一个条目上。绝不在两个节点上删除目录。
help-raft-state-machine-stopped-refuted = 其实是磁盘满或堆内存耗尽：先解决它。
help-members-disagree-title = 成员列表不一致
help-members-disagree-meaning = 存活节点的成员列表或状态不同，且配置文件解释不了。
help-members-disagree-impact = 客户端从不同节点拿到的实例列表不同。
help-members-disagree-todo = 在各节点写入相同的 cluster.conf，再比较。
help-members-disagree-donot = 不要在控制台点“下线”。
help-members-disagree-refuted = 再次查询时列表一致。
help-members-ghost-title = 幽灵成员
help-members-ghost-meaning = 某个成员的地址上没有任何机器应答。
help-members-ghost-impact = 如果它参与 Raft 投票，会抬高多数派所需的票数、降低容错能力。
help-members-ghost-todo = 从每个 cluster.conf 删除；如参与投票也从 Raft 移除。
help-members-ghost-donot = 多数派丢失时不要移除。
help-members-ghost-refuted = 那里有机器应答，或它曾经上报过：那它就是宕机的节点。
help-config-cluster-conf-drift-title = cluster.conf 不一致
help-config-cluster-conf-drift-meaning = 各文件中的成员集合不相等；注释和顺序无关。
help-config-cluster-conf-drift-impact = 不一致的节点会与不同的成员同步数据。
help-config-cluster-conf-drift-todo = 把不一致的文件改正；Nacos 自动生效，无需重启。
help-config-cluster-conf-drift-donot = 不要重启所有节点。
help-config-cluster-conf-drift-refuted = 解析主机名之后集合其实相等。
help-config-cluster-conf-malformed-title = cluster.conf 无法解析
help-config-cluster-conf-malformed-meaning = 有一行不是 host:port。运行时 Nacos 保留旧列表；启动时则单独运行。
help-config-cluster-conf-malformed-impact = 该节点下次重启后会脱离集群。
help-config-cluster-conf-malformed-todo = 修正指出的那一行。
help-config-cluster-conf-malformed-donot = 文件修好之前不要重启该节点。
help-config-cluster-conf-malformed-refuted = 该版本的 Nacos 能接受这一行。
help-config-db-drift-title = 数据库配置不一致
help-config-db-drift-meaning = 各节点的数据库地址、类型、账号或存储方式不一致。
help-config-db-drift-impact = 不一致的节点会显示不同的配置，或无法启动。
help-config-db-drift-todo = 改成与其他节点相同的配置，只重启它。
help-config-db-drift-donot = 不要来回复制数据库。
help-config-db-drift-refuted = 两种写法指向同一个数据库。
help-config-auth-drift-title = 鉴权配置不一致
help-config-auth-drift-meaning = token 密钥、服务端身份或鉴权开关不一致。密钥只用带密钥的哈希比较，从不显示。
help-config-auth-drift-impact = 一个节点签发的 token 会被另一个拒绝；3.x 下该节点显示就绪，却被其他节点视为 DOWN。
help-config-auth-drift-todo = 设置相同的值，只重启不一致的节点。
help-config-auth-drift-donot = 不要为了省事关掉鉴权。
help-config-auth-drift-refuted = 哈希一致。
help-config-properties-drift-title = 配置项不一致
help-config-properties-drift-meaning = 必须一致的配置项不一致。
help-config-properties-drift-impact = 同样的负载下各节点行为不同。
help-config-properties-drift-todo = 逐个节点统一配置。
help-config-properties-drift-donot = 不要同时改多个节点。
help-config-properties-drift-refuted = 取值含义相同。
help-config-flags-drift-title = JVM 参数、模式或存储不一致
help-config-flags-drift-meaning = 各进程的启动参数不同；某个节点使用单机模式（standalone）或不同的存储会破坏集群。
help-config-flags-drift-impact = 轻则负载不均，重则该节点根本不在集群中。
help-config-flags-drift-todo = 用与其他节点相同的参数启动它。
help-config-flags-drift-donot = 故障处理期间不要在所有节点上改堆大小。
help-config-flags-drift-refuted = 参数不同是有意为之。
help-config-version-mixed-title = 版本不一致
help-config-version-mixed-meaning = 各节点运行的 Nacos 版本不同。
help-config-version-mixed-impact = 只在滚动升级期间受支持。
help-config-version-mixed-todo = 完成升级。
help-config-version-mixed-donot = 不要带着新数据回退到旧版本。
help-config-version-mixed-refuted = 正在进行滚动升级。
help-config-insecure-title = 不安全的配置
help-config-insecure-meaning = 没有开启鉴权，或使用了 Nacos 自带的默认密钥。仅为建议，不是故障原因。
help-config-insecure-impact = 网络内任何人都能读取和修改配置。
help-config-insecure-todo = 故障结束后：在所有节点上同时换成自己的密钥并开启鉴权。
help-config-insecure-donot = 不要在故障处理期间修改。
help-config-insecure-refuted = 鉴权由前置系统完成。
help-net-grpc-blocked-title = gRPC 端口不通
help-net-grpc-blocked-meaning = 节点的 9848 或 9849 不通，但 8848 是通的，所有 API 显示 UP。
help-net-grpc-blocked-impact = 9848 不通：客户端连不上。9849 不通：实例数据同步不到该节点。
help-net-grpc-blocked-todo = 在所有位置按 TCP 放通该端口。
help-net-grpc-blocked-donot = 不要重启节点，不要相信 UP。
help-net-grpc-blocked-refuted = 从其他节点访问该端口能得到 HTTP/2 应答。
help-net-port-blocked-title = 端口不通
help-net-port-blocked-meaning = 存活节点的（或之间的）8848 或多个端口不通。
help-net-port-blocked-impact = 节点互相认为对方已宕机，而双方仍在服务客户端。
help-net-port-blocked-todo = 在所有节点之间放通 8848、9848、9849、7848。
help-net-port-blocked-donot = 不要用重启来解决网络问题。
help-net-port-blocked-refuted = 从另一节点尝试时端口有应答。
help-net-one-way-title = 单向不通
help-net-one-way-meaning = 两个节点之间一个方向被丢弃，另一个方向正常。双方都显示 UP。
help-net-one-way-impact = 实例变更只能单向同步；视图每隔几秒抖动一次。
help-net-one-way-todo = 找出丢弃单方向流量的规则：防火墙、安全组、非对称路由。
help-net-one-way-donot = 不要重启节点，不要相信 UP。
help-net-one-way-refuted = 两个方向都有应答。
help-net-dns-title = 主机名解析错误
help-net-dns-meaning = 集群中的某个主机名在某个节点上解析错误或无法解析。
help-net-dns-impact = 该节点连不上用主机名书写的成员。
help-net-dns-todo = 修复 DNS 或 /etc/hosts，或统一使用 IP 地址。
help-net-dns-donot = 不要混用主机名和地址。
help-net-dns-refuted = 该主机名在各处解析一致。
help-config-env-drift-title = 环境变量与 cluster.conf 不一致
help-config-env-drift-meaning = 官方镜像的启动脚本每次启动都用 NACOS_SERVERS 重写 cluster.conf。变量中的成员与当前文件不同：文件被手工改过，或文件较旧。
help-config-env-drift-impact = 下次启动前没有影响；启动后节点会使用另一份成员列表。
help-config-env-drift-todo = 在定义容器的地方（compose 文件、Pod 清单）改正该变量。
help-config-env-drift-donot = 变量改正之前不要重启该节点。
help-config-env-drift-refuted = 该文件由容器中的其他脚本写出，例如 peer-finder 插件。
help-vantage-limited-title = 从这里无法访问
help-vantage-limited-meaning = 从 nodedown 所在机器连不上节点的部分端口，而其他节点知道的地址与配置的不同：容器用其他端口号发布，或中间有地址转换。
help-vantage-limited-impact = 对集群没有影响，只是这些端口没有检查。
help-vantage-limited-todo = 说明端口发布在哪里。
help-vantage-limited-donot = 不要为此在防火墙上开放端口。
help-vantage-limited-refuted = 客户端或其他节点也报告连不上这些端口。
help-door-stale-upstream-title = 前端入口仍转发到失效节点
help-door-stale-upstream-meaning = VIP、nginx 或 DNS 仍把请求转发给不提供服务的节点。
help-door-stale-upstream-impact = 一部分请求会失败。
help-door-stale-upstream-todo = 摘除该节点，并启用健康检查。
help-door-stale-upstream-donot = 不要因此重启健康的节点。
help-door-stale-upstream-refuted = 经入口的请求都到达存活节点。
help-door-grpc-not-forwarded-title = 前端入口未转发 gRPC
help-door-grpc-not-forwarded-meaning = 主端口能通，主端口 +1000 不通。
help-door-grpc-not-forwarded-impact = 2.0 及以上客户端无法通过它接入。
help-door-grpc-not-forwarded-todo = 按 TCP stream 转发。
help-door-grpc-not-forwarded-donot = 不要用 HTTP location 转发。
help-door-grpc-not-forwarded-refuted = 经入口能收到 HTTP/2 SETTINGS。
help-db-unreachable-title = 数据库不可达
help-db-unreachable-meaning = 节点连不上数据库。
help-db-unreachable-impact = 在该节点上，配置、命名空间和用户无法读取或修改；启动会失败或卡住。
help-db-unreachable-todo = 恢复数据库，从该节点测试连接，如节点已退出再启动。
help-db-unreachable-donot = 不要为了应急切换到内嵌存储。
help-db-unreachable-refuted = 用配置的账号从该节点能连上数据库。
help-data-diverged-title = 节点间数据不一致
help-data-diverged-meaning = 存活节点返回的实例或配置集合不同。
help-data-diverged-impact = 调用方从不同节点看到不同的实例。
help-data-diverged-todo = 等 30 秒；若仍不一致，迁走有差异节点的客户端，再单独重启它。
help-data-diverged-donot = 不要重启多个节点。
help-data-diverged-refuted = 再次比较时一致。
help-clients-missing-title = 客户端缺失
help-clients-missing-meaning = 客户端连接数少于故障之前，或在所有节点都运行时，一分钟内断开了许多连接（一次或反复多次）。
help-clients-missing-impact = 它们的实例约 3 分钟后会从服务发现中消失。
help-clients-missing-todo = 通知应用团队，或逐个重启这些进程。
help-clients-missing-donot = 不要同时重启所有应用。
help-clients-missing-refuted = 缺失的客户端是有意下线的。
help-clients-skewed-title = 客户端分布不均
help-clients-skewed-meaning = 某个节点的连接数远多于其他节点，或（例如重启后）几乎没有连接。Nacos 不会自动均衡。
help-clients-skewed-impact = 负载高的节点变慢，一旦宕机影响更大。
help-clients-skewed-todo = 稳定之后分小批迁移连接。
help-clients-skewed-donot = 故障期间不要做均衡。
help-clients-skewed-refuted = 这种分布是有意的。
help-clients-single-server-title = 客户端只配置了一个服务端
help-clients-single-server-meaning = 应用只配置了一个服务端地址。
help-clients-single-server-impact = 该节点失效时无法切换。
help-clients-single-server-todo = 配置所有节点或前端入口。
help-clients-single-server-donot = 不要把所有应用都改指向另一个节点。
help-clients-single-server-refuted = 该地址是能自动切换的前端入口。
help-clock-skew-title = 时钟不准
help-clock-skew-meaning = 节点之间时钟相差超过 5 秒。
help-clock-skew-impact = token 提前过期，日志难以比对，最近上报时间会误导人。
help-clock-skew-todo = 修复时间同步。
help-clock-skew-donot = 不要在运行中的节点上跳变时间。
help-clock-skew-refuted = 偏差是在慢链路上测得的。
help-logs-errors-title = 无法解释的错误
help-logs-errors-meaning = 启动很久之后仍持续出现未知类型的 ERROR，且没有其他原因能解释。
help-logs-errors-impact = 未知。
help-logs-errors-todo = 查看这些日志行，与健康节点对比并检索。
help-logs-errors-donot = 不要仅因为它们就重启节点。
help-logs-errors-refuted = 健康节点的日志里也有同样的行。
help-none-title = 未发现问题
help-none-meaning = 已检查的内容都正常。
help-none-impact = 无。
help-none-todo = 无需操作，继续观察。
help-none-donot = 无。
help-none-refuted = 有未采集到的部分。
finding-net-lossy = 往返 { $nodes } 的网络丢包：在 { $ports } 个时通时不通的端口上，{ $tries } 次尝试中有 { $lost } 次没有应答。
cause-net-lossy = { $nodes } 的网络丢包：同一端口时通时不通。
action-find-loss = 排查通往 { $nodes } 的丢包：网卡错误与丢弃计数（ip -s link）、双工模式、连接跟踪表是否已满（conntrack -S）、交换机端口或 bond 抖动、主机过载。
help-net-lossy-title = 网络丢包
help-net-lossy-meaning = 同一端口在一秒内一次有应答、一次没有。端口并未关闭，数据包在途中被丢弃。
help-net-lossy-impact = 注册、推送和 Raft 复制不时超时；节点之间反复互报 DOWN 和 UP，leader 频繁切换。
help-net-lossy-todo = 先把该节点从前端入口摘除，再查网卡错误、连接跟踪表、交换机端口和主机负载。
help-net-lossy-donot = 不要重启节点，不要相信 UP。
help-net-lossy-refuted = 重复尝试时全部有应答。
finding-net-dns-differs = 主机名 { $member } 解析不一致：{ $node } 解析为 { $first }，{ $other } 解析为 { $second }。
finding-net-dns-wrong = { $node } 把主机名 { $member } 解析为 { $first }，正确的是 { $second }（{ $other } 的解析结果）。请检查 { $node } 的 /etc/hosts 和 DNS。
finding-db-unreachable-all = 所有可探测的节点（{ $nodes }）都连不上数据库 { $target }：问题在数据库本身或其前面的网络。
finding-db-unreachable-from = { $node } 连不上数据库 { $target }，而 { $others } 可以：问题在该节点或其网络，不在数据库。
finding-db-unreachable-one = { $nodes } 连不上数据库 { $target }。没有其他节点可供对照，可能是数据库的问题，也可能是通往它的链路的问题。
judged-database-unprobed = 未能从 { $nodes } 探测数据库 { $target } 是否可达：无法从这些节点发起连接。
judged-database-silent = 数据库 { $target } 接受了 { $nodes } 的连接，但未及时发送握手包：无法据此判断它是否可用。
finding-door-stale = 经前端入口 { $door } 的 { $all } 次请求中有 { $failed } 次失败（{ $how }）；直连时 { $alive } 有应答而 { $node } 没有：入口仍在向它转发。
finding-door-slow = 经前端入口 { $door } 的请求都有应答，但 { $all } 次中有 { $slow } 次远慢于直连任一节点，且 { $node } 不应答：入口可能仍先尝试它。
finding-door-stranger = 经前端入口 { $door } 的 { $all } 次请求中有 { $failed } 次没有得到后端应答（{ $how }），而各节点直连都有应答：入口仍在向不属于集群的地址转发，或者到不了其中某个节点。
finding-door-partly = 经前端入口 { $door } 的 { $all } 次请求中有 { $failed } 次失败（{ $how }），而应当应答的节点直连都正常：上游列表里可能有不属于集群的地址，或入口到不了其中某个节点。
finding-door-silent = 前端入口 { $door } 没有应答（{ $how }），而直连 { $alive } 正常。
finding-door-reaches-none = 前端入口 { $door } 只返回错误（{ $how }），而直连 { $alive } 正常：它到不了任何节点。
finding-door-other-answers = 前端入口 { $door } 的应答与节点不同（{ $how }）：后面可能是别的服务，或上下文路径不一致。
finding-door-grpc-http1 = 前端入口 { $door } 的端口 { $ports } 本应是 gRPC，却以 HTTP/1 应答，而直连节点的 gRPC 正常。
finding-door-grpc-blocked = 前端入口 { $door } 能通 HTTP，但端口 { $ports } 的 gRPC 不通（{ $how ->
        [refused] 连接被拒绝
        [timeout] 未在时限内应答
        [silent] 接受连接但不应答
        [reset] 连接被重置
        [unreachable] 主机或网络不可达
        [dns] 主机名无法解析
       *[other] { $how }
    }），而直连节点的 gRPC 正常。
cause-door-slow = 经前端入口的请求时快时慢；它可能仍先尝试不应答的 { $nodes }。
cause-door-not-serving = 节点直连有应答，但经前端入口 { $door } 得不到可用的应答。
cause-door-stranger = 前端入口 { $door } 仍把部分请求转发到不属于集群的地址，或者到不了其中某个节点；各节点直连都有应答。
cause-door-partly = 各节点直连正常，但经前端入口 { $door } 的部分请求失败。
action-door-look = 检查前端入口本身：是否在运行、上游列表（存活节点的地址和端口）、错误日志。
action-door-past = 修复之前，配置了全部节点地址的客户端可以绕过入口。
impact-door = 使用前端入口的客户端：部分请求失败或变慢；直接配置节点地址的客户端不受影响。
impact-door-grpc = 使用前端入口的 2.0 及以上客户端无法连接；直接配置节点地址的客户端不受影响。
judged-door-none = 没有配置前端入口。
judged-door-not-asked = 无法向任何前端入口发出请求。
judged-door-requests = 经前端入口的 { $all } 次请求中有 { $answered } 次得到应答；直连 { $direct } 次中有 { $straight } 次。
judged-door-fine = 经前端入口的 { $all } 次请求全部（{ $served } 次）得到与节点一致的应答。
judged-door-nothing-to-compare = 没有节点在直连时应答，无法判断前端入口 { $door }。
judged-door-refuses = 前端入口 { $door } 拒绝了该请求，无法与直连比较。
judged-door-unasked = 没有经前端入口 { $door } 发出请求。
help-door-not-serving-title = 前端入口无法提供服务
help-door-not-serving-meaning = 节点直连正常，但 VIP、nginx 或负载均衡不应答、到不了任何节点，或部分请求失败。
help-door-not-serving-impact = 使用该入口的客户端全部或部分中断。
help-door-not-serving-todo = 检查入口：是否在运行、上游列表、错误日志。
help-door-not-serving-donot = 不要因此重启健康的节点。
help-door-not-serving-refuted = 经入口的应答与直连一致；或者只有本机到不了它。
finding-node-gone-from-table = { $node } 已退出：其主机上没有使用该主目录的进程。是正常停止还是被强制杀死，只有它自己的日志能说明，而这些日志未采集到。
finding-door-named = 经前端入口 { $door } 的 { $all } 次请求中有 { $failed } 次失败（{ $how }），入口自己标明当时转发给了 { $node }（{ $header }），而 { $node } 直连也不应答。
finding-door-way = 经前端入口 { $door } 的 { $all } 次请求中有 { $failed } 次失败（{ $how }），入口自己标明当时转发给了 { $node }（{ $header }）。{ $node } 直连正常：入口到它的链路不通或太慢。
finding-door-passed-over = 经前端入口 { $door } 的请求都有应答，但入口自己标明曾先尝试 { $node }，没有成功（{ $header }）。
finding-door-frozen = 经前端入口 { $door } 的 { $all } 次请求中有 { $failed } 次没有应答（{ $how }）。{ $node } 接受连接却不应答，直连也是如此，而 { $alive } 直连正常：入口很可能仍在向它转发。
finding-door-waits = 经前端入口 { $door } 的请求都没有应答（{ $how }）。{ $node } 接受连接却不应答，直连也是如此：把同一客户端固定到一个节点的入口会是这样，入口自身卡住也会是这样。
finding-door-grpc-partly = 经前端入口 { $door } 的 gRPC 连接 { $tries } 次中有 { $ok } 次得到应答（端口 { $ports }），而直连节点的 gRPC 正常。
finding-door-grpc-dead = 经前端入口 { $door } 的 gRPC 连接 { $tries } 次中有 { $ok } 次得到应答（端口 { $ports }）。{ $dead } 不应答：入口可能仍在向它转发。
cause-door-frozen = 前端入口似乎仍把请求转发给 { $nodes }，而它接受请求却不应答。
cause-door-way = 前端入口 { $door } 到不了 { $nodes }，而该节点直连正常。
cause-door-passed-over = 前端入口仍先尝试不应答的 { $nodes }，然后才换其他节点。
cause-door-grpc-partly = 经前端入口 { $door } 的 gRPC 只有部分连接可用（{ $tries } 次中 { $ok } 次）。
cause-door-grpc-dead = 经前端入口 { $door } 的 gRPC 只有部分连接可用（{ $tries } 次中 { $ok } 次）；它可能仍在向不应答的 { $nodes } 转发。
judged-door-credentials = 前端入口 { $door } 要求自己的登录凭据（{ $how }），而节点直连返回 { $straight }。nodedown 不会经入口发送凭据，因此无法比较经它的请求。这不是节点的故障。
judged-kernel-not-seen = 未采集到该节点的内核日志，因此无法据此判断进程是否因内存不足被内核杀死。
judged-text-unused = { $file }（{ $n } 行）：没有一行被使用。第一行：{ $line }
judged-pasted-unused = 粘贴的文本（{ $n } 行）没有一行被使用。第一行：{ $line }
finding-node-data-in-use = { $node } 在 { $since } 启动失败：数据目录被另一个进程加锁占用，数据没有损坏。先查 { $node } 的旧进程是否还在，再查是否有其他节点用了同一个卷。
finding-node-start-failed-native = { $node } 在 { $since } 启动失败：本地库（native library）无法加载（/tmp 以 noexec 挂载、CPU 架构不同，或缺少系统库）。
finding-node-start-failed-permission = { $node } 在 { $since } 启动失败：运行它的账号无权打开某个文件或目录（permission denied）。数据没有损坏。
finding-node-start-failed-permission-path = { $node } 在 { $since } 启动失败：运行它的账号无权打开 { $path }（permission denied）。数据没有损坏。
finding-db-refuses-login = { $node } 在 { $since } 启动失败：数据库有应答，但拒绝登录。请检查 db.user.0、db.password.0，以及该账号允许从哪些主机登录。
finding-db-refuses-key = { $node } 在 { $since } 启动失败：数据库有应答，但驱动不接受它的密码校验方式。请在 db.url.0 中启用 TLS（sslMode=REQUIRED），或加上 allowPublicKeyRetrieval=true；驱动过旧时更换账号的认证插件。
finding-db-refuses-schema = { $node } 在 { $since } 启动失败：数据库有应答，但缺少当前版本要读的表或列。请核对 db.url.0 指向哪个库，并执行当前版本的建表或升级脚本（conf/*-schema.sql）。
finding-db-refuses-driver = { $node } 在 { $since } 启动失败：没有对应数据库的驱动。请检查 db.url.0 的开头和平台设置（spring.sql.init.platform、spring.datasource.platform），并把驱动放到 plugins/。
finding-db-refuses-zone = { $node } 在 { $since } 启动失败：数据库有应答，但驱动不认识它给出的时区。请在 db.url.0 中加上 serverTimezone，例如 Asia/Shanghai。
finding-db-refuses-resources = { $node } 能连到数据库，但数据库报告它自己的资源用尽：磁盘空间、打开文件数或内存。指的不是 { $node } 的磁盘和上限。
finding-db-refuses-resources-start = { $node } 在 { $since } 启动失败：数据库报告它自己的资源用尽：磁盘空间、打开文件数或内存。指的不是 { $node } 的磁盘和上限。
finding-db-refuses-connections = { $node } 在 { $since } 启动失败：数据库返回不再接受新连接：连接数已满，或该主机因多次失败的连接被屏蔽。请查看 max_connections 以及连接被谁占用；主机被屏蔽时在数据库上执行 FLUSH HOSTS。
finding-db-refuses-login-alive = 数据库有应答，但拒绝 { $node } 登录。请确认数据库侧是否改过密码或账号，并核对 db.user.0、db.password.0；application.properties 里改的密码要重启节点才生效。
finding-db-refuses-key-alive = 数据库有应答，但 { $node } 的驱动不接受它的密码校验方式，MySQL 8 重启后常见。请在 db.url.0 中启用 TLS（sslMode=REQUIRED），或加上 allowPublicKeyRetrieval=true。
finding-db-refuses-connections-alive = 数据库向 { $node } 返回不再接受新连接：连接数已满，或该主机因多次失败的连接被屏蔽。请查看 max_connections 以及连接被谁占用；主机被屏蔽时在数据库上执行 FLUSH HOSTS。
finding-db-refuses-schema-alive = 数据库有应答，但缺少 { $node } 当前版本要读的表或列。请核对 db.url.0 指向哪个库，并执行当前版本的建表或升级脚本（conf/*-schema.sql）。
finding-db-refuses-unsaid = { $node } 报告数据库不可用，但从 { $node } 到数据库的连接能建立：数据库在运行。拒绝的原因见 { $node } 的 config-fatal.log 和 nacos.log 中以 [db-error] 开头的报错。
finding-db-refuses-probe = 从 { $node } 新建连接时，数据库没有发送握手包，直接返回错误：{ $text }。{ $node } 已有的连接可能仍可用。
finding-not-ready-refused = { $node } 有应答但未就绪：读不到数据库，而从 { $node } 到数据库的连接能建立。
cause-node-data-in-use = { $nodes } 的数据目录被另一个进程占用：是锁，不是损坏。
cause-node-start-failed-jvm = { $nodes } 没有启动：Java 本身或其日志系统拒绝启动（“{ $text }”）。
cause-node-start-failed-port = { $nodes } 启动失败：端口已被占用。
cause-node-start-failed-config = { $nodes } 启动失败：application.properties 中有一项配置无法使用。
cause-node-start-failed-native = { $nodes } 启动失败：本地库（native library）无法加载。
cause-node-start-failed-permission = { $nodes } 启动失败：运行它的账号无权打开所需文件（permission denied）。
cause-db-refuses = { $nodes } 的数据库有应答，但无法使用。
cause-db-refuses-login = 数据库拒绝 { $nodes } 登录。
cause-db-refuses-key = 数据库与 { $nodes } 的密码校验方式不一致。
cause-db-refuses-schema = 数据库缺少 { $nodes } 需要的表或列。
cause-db-refuses-driver = { $nodes } 没有对应数据库的驱动。
cause-db-refuses-zone = { $nodes } 的驱动不认识数据库的时区。
cause-db-refuses-resources = { $nodes } 的数据库磁盘空间、打开文件数或内存用尽，操作失败。
cause-db-refuses-connections = 数据库不再接受 { $nodes } 的新连接。
action-db-accept = 按发现中指出的问题修改节点配置或数据库，并用 application.properties（conf/）里的账号和地址在 { $nodes } 上测试连接。
action-free-data = 查清谁占用了 { $nodes } 的数据：先找旧进程（ps -ef | grep nacos；对 LOCK 文件执行 fuser），再找是否有其他节点用了同一个卷。结束已不提供服务的旧进程，或让每个节点使用各自的目录。不要移走数据，也不要删除 LOCK 文件。
help-node-data-in-use-title = 数据目录被占用
help-node-data-in-use-meaning = 启动时遇到其他进程持有的锁：RocksDB 或 Derby 报告这些文件已被打开。
help-node-data-in-use-impact = 剩余节点继续提供服务；该节点恢复之前，集群可容忍的故障数减一。
help-node-data-in-use-todo = 找到占用文件的进程，如果是旧进程就结束它，再启动；两个节点要用两个目录。
help-node-data-in-use-donot = 不要因为锁而移走或删除数据：数据还没有损坏。
help-node-data-in-use-refuted = 没有进程占用这些文件，用同样的数据再次启动时报的是别的错误。
help-db-refuses-title = 数据库有应答但拒绝请求
help-db-refuses-meaning = 能连到数据库，但被数据库或驱动拒绝：登录、密码校验、表结构、驱动或时区；或者数据库是只读的，或它自己的磁盘、打开文件数或内存用尽。
help-db-refuses-impact = 启动失败或卡住；正在运行的节点一旦需要新建连接，就无法读取或修改配置、命名空间和用户。
help-db-refuses-todo = 按发现中指出的问题修改节点配置或数据库，从该节点测试；节点已停则再启动。
help-db-refuses-donot = 不要重启其他节点：它们也可能同样被拒绝。
help-db-refuses-refuted = 用同样的账号、地址和驱动，从该节点能读到当前版本的表。
finding-config-mode-standalone = { $node } 与其他节点一样以单机模式运行：各节点互不相干，实际上没有集群。
finding-config-mode-1x = { $node } 以 1.x 模式运行已超过 10 分钟：一直打印 “upgrade check result false”。服务数据双写，已切换的节点给出的列表会不同。
finding-config-mode-connections = { $node } 上没有来自其他节点的连接（clusterCount=0），其他节点也都一样：成员之间没有任何连接。以单机模式启动的节点就是这种表现。
finding-config-port-clash = { $one } 与 { $other } 在同一台主机上，都要使用端口 { $ports }：每个节点还会占用主端口 +1000、+1001 和 −1000。后启动的那个会失败。
cause-config-mode = { $nodes } 以单机模式运行：各节点互不相干，实际上没有集群。
cause-config-mode-1x = { $nodes } 仍停留在 1.x 模式：升级到 2.0 一直没有完成。
cause-config-mode-connections = { $nodes } 之间没有任何连接：很可能各自以单机模式运行。
cause-config-port-clash = 同一台主机上 { $nodes } 的端口冲突（端口 { $ports }）。
action-cluster-mode = 使用内嵌存储时先导出每个节点的配置，它们的数据不会合并。然后将 { $nodes } 逐个以集群模式启动：去掉 -m standalone、MODE=standalone 和 -Dnacos.standalone=true。
action-finish-upgrade = 确认没有 1.x 节点在运行、cluster.conf 中也没有，并且各节点的服务数和实例数一致；然后在一个节点上关闭一次双写（PUT /nacos/v1/ns/operator/switches?entry=doubleWriteEnabled&value=false），或升级到 2.2 及以后版本（已没有该模式）。
action-find-mode = 查看 { $nodes } 的启动方式（ps -ef 中的 -Dnacos.standalone=true、容器的 MODE、start.out 开头的 “Running in … mode”）以及各自 cluster.conf 的成员。如果是单机模式，逐个以集群模式启动。
action-other-ports = 让该主机上各节点的主端口相差 10（8848、8858、8868），同时修改 application.properties 和所有 cluster.conf。主端口相差 1、1000、1001、2000、2001 都会冲突。
help-config-mode-title = 所有节点的模式都不对
help-config-mode-meaning = 每个节点都以单机模式运行，而 cluster.conf 中有多个成员。节点之间没有差异，但没有集群。
help-config-mode-impact = 节点之间不同步服务；使用内嵌存储时每个节点的配置各不相同。一个节点停止后，它的客户端会连到没有数据的服务端。
help-config-mode-todo = 逐个以集群模式启动节点。
help-config-mode-donot = 不要同时重启所有节点。
help-config-mode-refuted = 这些节点本来就相互独立，cluster.conf 是遗留文件。
finding-config-self-address = { $node } 自认的地址是 { $member }，而 cluster.conf 中没有这一行：它在成员里找不到自己。
finding-config-self-address-taken = { $node } 用了 { $other } 的地址 { $member }：由它的配置项 { $key } 指定。
cause-config-self-address = { $nodes } 自认的地址（{ $member }）不是 cluster.conf 中该节点的地址。
cause-config-self-address-taken = { $nodes } 的配置把它的地址设成了 { $other } 的地址：两个节点都自认是 { $member }。
action-self-address = 在 { $nodes } 上：把 nacos.server.ip（容器中用 NACOS_SERVER_IP；cluster.conf 写主机名时用 PREFER_HOST_MODE=hostname）设为 cluster.conf 中该节点的地址，逐字一致。再删除 Nacos 自己为 { $member } 追加的行。然后逐个重启节点。
action-own-address = 在 { $nodes } 上：把 nacos.server.ip 或 nacos.inetutils.ip-address 改为它自己的地址（cluster.conf 中该节点的地址），或删除该配置项。然后单独启动它。
action-raise-files = 在 { $nodes } 上：调大打开文件数上限（systemd 的 LimitNOFILE、ulimit -n、容器的 nofile，建议 65535 以上），并查看 /proc/PID/fd 是连接多还是文件多：同一客户端地址连接极多，说明该客户端没有复用连接。
action-env-align = 下次启动前，把 { $nodes } 的 NACOS_SERVERS（compose 文件、Pod 清单）改为正确的成员；只改文件会被覆盖。
action-published-ports = 说明 { $nodes } 的端口发布在哪里：在集群表单或 --node 后填写 sdk=HOST:PORT、cluster=HOST:PORT、raft=HOST:PORT，以及其他节点使用的地址 peer=HOST:PORT。
action-raise-threads = 在 { $nodes } 上：调大线程数上限（systemd 的 TasksMax、ulimit -u、容器的 pids 限额），并用线程转储（jstack PID）看哪类线程特别多。不要调大 -Xmx。
action-native-memory = 在 { $nodes } 上：给机器或容器更多内存，或调小 -Xmx，让三分之一内存留在堆外（线程栈、直接缓冲区、RocksDB）；检查 vm.max_map_count 和同机的其他进程。
action-find-pause = 在 { $nodes } 的机器上查当时的停顿原因：虚拟机快照或迁移、CPU steal（vmstat）、swap、nacos_gc.log 中的长时间 GC、校时服务调整了时钟。
action-find-overload = 在 { $nodes } 的机器上查时间被谁占用：CPU 使用率和 steal（top、vmstat）、容器 CPU 限额（cpu.stat 中的 throttled）、swap、其他进程，以及会暂停它的调试器或 freezer。
help-config-self-address-title = 节点自身地址不在列表中
help-config-self-address-meaning = 节点从 nacos.server.ip 或第一块网卡取得自身地址，而 cluster.conf 写的是另一个：容器地址、另一块网卡，或多/少一个点的域名。
help-config-self-address-impact = 节点把自己作为多余的成员加入，而原本的成员没有对应的机器；其他节点和客户端可能被引到访问不了的地址。1.x 上它无法参与选举。
help-config-self-address-todo = 把 nacos.server.ip 设为 cluster.conf 中的地址，逐个节点处理。
help-config-self-address-donot = 不要在控制台对多余的成员点“下线”：节点会再次加入。
help-config-self-address-refuted = 节点 API 显示的列表中，它的地址就是 cluster.conf 中的地址。
help-config-port-clash-title = 同一主机端口冲突
help-config-port-clash-meaning = 同一主机上的两个成员要用同一个端口：每个节点占用主端口、+1000 和 +1001（gRPC）以及 −1000（Raft）。
help-config-port-clash-impact = 后启动的节点起不来，或代替另一个节点应答。
help-config-port-clash-todo = 让各节点的主端口相差 10。
help-config-port-clash-donot = 不要原样再启动。
help-config-port-clash-refuted = 两个名字指向不同的主机或网络命名空间。
finding-node-start-read-only = { $node } 在 { $since } 启动失败：报错显示它要写入的某个卷是只读的。
finding-node-start-failed-key = { $node } 在 { $since } 启动失败：TLS 用的证书、私钥或密钥库打不开：文件不存在、格式不对，或密码错误。报错中有具体是哪一个；相关配置项以 nacos.remote.server.rpc.tls、nacos.remote.peer.rpc.tls 或 server.ssl 开头。
finding-node-start-failed-data = { $node } 在 { $since } 启动失败：内置数据库无法写入。可能是 data/ 所在的卷以只读方式挂载，也可能是 data/derby-data 下的文件属于另一个账号；报错没有说明是哪一种。
finding-node-start-failed-database-unset = { $node } 在 { $since } 启动失败：没有以内置存储启动（-p embedded），数据库配置又不完整（db.num、db.url.0、db.user.0、db.password.0 中有缺失）。没有连接过任何数据库。
finding-node-start-failed-database-url = { $node } 在 { $since } 启动失败：驱动不接受配置中的数据库地址（db.url.0 及后续各项）的写法。没有连接过任何数据库。
finding-db-refuses-read-only = { $node } 在 { $since } 启动失败：数据库返回自己是只读的，不接受修改，例如从库。
finding-db-refuses-read-only-alive = 数据库向 { $node } 返回自己是只读的，不接受修改，例如主从切换后连到了从库。通过 { $node } 发布的内容都会被拒绝，读取不受影响。
finding-config-tls-peers = { $node } 的节点间 TLS 配置与其他节点不同：{ $keys }。一边用 TLS、一边不用，两个节点之间的 gRPC 连接至少有一个方向建立不了。
finding-config-tls-clients = { $node } 面向客户端的 TLS 配置与其他节点不同：{ $keys }。
finding-config-properties-absent = { $node } 没有 conf/application.properties，而其他节点有。除非配置来自别处，否则它用的是 Nacos 的默认值。
cause-node-start-failed-key = { $nodes } 启动失败：TLS 用的证书、私钥或密钥库打不开。
cause-node-start-failed-database = { $nodes } 启动失败：数据库配置无法使用。没有连接过任何数据库。
cause-node-start-failed-data = { $nodes } 启动失败：内置数据库无法写入。
cause-db-refuses-read-only = { $nodes } 的数据库是只读的，拒绝一切修改。
cause-config-tls-peers = { $nodes } 的节点间 TLS 配置与其他节点不同：{ $keys }。
cause-config-tls-clients = { $nodes } 面向客户端的 TLS 配置与其他节点不同：{ $keys }。
cause-config-properties-absent = { $nodes } 没有 conf/application.properties，而其他节点有。
impact-db-read-only = 通过 { $nodes } 无法修改配置、命名空间和用户；读取不受影响。
action-db-writable = 查明现在哪台数据库服务器可写（MySQL：SELECT @@read_only, @@super_read_only；PostgreSQL：SELECT pg_is_in_recovery()）。发生过主从切换时，让 db.url.0 里的地址指向它；如果当前指向的服务器本来就应是主库，则关闭它的只读。不要把从库改成可写。然后发布一个配置验证。
action-data-writable = 在 { $nodes } 上查明 data/ 为什么无法写入。所在的卷以只读方式挂载时，用 dmesg 查明原因并恢复可写；data/derby-data 下的文件属于另一个账号时，改回运行 Nacos 的账号。不要移动或删除 data/ 下的任何内容。
action-settings-file = 在 { $nodes } 上确认配置是否来自别处（环境变量、-D 参数、spring.config.location）。如果不是，参照其他节点重新写好 conf/application.properties，待集群其他部分正常后，单独重启 { $nodes }。
finding-logs-requests = { $node } 不断拒绝本身有误的请求（{ $count } 行），例如用不存在的用户登录、缺少参数。它把这些请求记成错误，要修正的是发送方，不是节点。
