## 故障后未恢复的客户端，以及其中不再等待的。

clients-missing-count = { $n } 个客户端未恢复
clients-missing-more = 另有 { $n } 个
clients-not-known = { $n } 个客户端是否恢复还不清楚：它们可能所在的节点查不到。这不影响本步完成。
clients-hold = 它们恢复之前，步骤 5 不能完成。可以重新检查、通知维护人，或豁免不再等待的客户端。后面的步骤可以继续。
clients-hold-done = 还不能完成：{ $n } 个客户端未恢复。
clients-all-the-same = 已知 { $n } 个客户端未恢复，仍这样处理。
clients-waived = 已豁免 { $n } 个未恢复的客户端。
web-next-clients = { $n } 个客户端未恢复。等它们恢复后重新检查，或豁免它们。
rule-clients-missing = { $n } 个客户端未恢复：{ $who }{ $more ->
    [0] {""}
   *[other] ，另有 { $more } 个
}。请重新检查、通知维护人，或填写原因后豁免。如仍要继续，请填写原因并确认数量。
rule-step-decided = 步骤 { $step } 已有结论，可能以此为依据。请先回到该步骤继续处理。
waivers-title = 未恢复的客户端
waivers-open = 豁免客户端…
waivers-see = 查看豁免
waivers-lists = 按维护人的名单
waivers-nobody = 没有需要等待的未恢复客户端。
clients-gaps = 没有发现未恢复的客户端，但部分节点在故障前有谁连接并不清楚。
waivers-untold = 最近的检查看不出谁未恢复。
waivers-what = 它们恢复之前，步骤 5 不能完成。恢复的客户端在下一轮检查后自动移出名单。
waivers-waive = 豁免…
waivers-waive-one = 豁免 { $what }
waivers-table = 全部客户端：故障前与现在
waivers-form = 豁免客户端
waivers-who = 地址、网段或应用
waivers-who-hint = 10.0.4.7、10.0.4.0/24，或上面列出的应用名。之后各轮检查同样有效。
waivers-reason = 为什么不再等待
waivers-reason-hint = 写入记录：已下线、已迁走、问过谁。
waivers-do = 豁免
waivers-held = 已豁免
waivers-covers = { $n ->
    [0] 目前都不在未恢复之列
   *[other] 目前未恢复 { $n } 个
}
waivers-take-back = 撤回
waivers-take-back-one = 撤回对 { $what } 的豁免
invalid-clients-empty = 请填写地址、网段或应用。
invalid-clients-address = 这不是地址，也不是 10.0.4.0/24 这样的网段。
invalid-clients-wide = 网段太大，几乎包含一切。最大为 /8（IPv6 为 /16）。
invalid-clients-long = 名称最多 100 个字符。
invalid-waiver-reason = 请写明为什么不再等待。
invalid-waiver-same = 这里已经豁免过。
invalid-waiver-many = 该故障的豁免太多了。
invalid-waiver-nobody = 未恢复的客户端中没有符合的，请检查是否输错。
timeline-waived = 豁免 { $what }：当时未恢复 { $n } 个客户端
timeline-waiver-back = 撤回对 { $what } 的豁免
owners-title = 客户端维护人
owners-what = 该集群的客户端由谁维护。故障后，未恢复的客户端按维护人列成名单，便于转发。
owners-lines = 每行一条：地址、网段或应用 → 通知谁
owners-hint = 多行都符合时，以最具体的为准：先地址，再应用，再最小的网段。
owners-back = 返回集群
owners-line = 第 { $n } 行
invalid-owner-none = 客户端后面没有写通知谁。
invalid-owner-long = 维护人最多 200 个字符。
invalid-owner-twice = 前面已有一行写了同样的客户端。
invalid-owner-many = 最多 500 行。
owners-channel-hint = 需要自动通知维护人时，在行尾加上“| 渠道名称”。
owners-channels = 可用渠道
owners-channels-none = 还没有渠道，请管理员添加。
owners-told = 自动通知
owners-told-what = 故障处理期间，如检查显示其客户端未恢复的时间超过渠道设定的分钟数，会通过该渠道把名单发给维护人，全部恢复后再通知一次。演练不通知。
owners-told-will = 会通知
owners-told-not-for = 渠道不发送此类消息
owners-told-deleted = 渠道已删除
invalid-owner-channel = “|”后面的渠道名称不存在。
owner-says-missing = { $n } 个客户端未恢复
owner-says-more = 现有 { $n } 个客户端未恢复
owner-says-back = { $n } 个客户端均已恢复、豁免或改由他人维护
owner-says-closed = 故障已关闭，{ $n } 个客户端未确认恢复
owner-told-sent = 已于 { $at } 通过 { $channel } 通知
owner-told-failed = 未通知：通过 { $channel } 发送失败
owner-told-tried = 尚未通知：通过 { $channel } 发送失败，下次尝试 { $at }
owner-told-waiting = 尚未通知：将于 { $at } 通过 { $channel } 发送
owner-told-others = 已通知的维护人
timeline-owner-told = 已通过 { $channel } 通知 { $owner }
timeline-owner-not-told = 通过 { $channel } 通知 { $owner } 失败
web-audit-field-client-owner = 客户端维护人
report-clients = 未恢复的客户端
report-clients-none = 最近一轮检查中没有未恢复的客户端。
report-clients-untold = 最近一轮检查看不出谁未恢复。
report-clients-counted = 未恢复：{ $missing } 个，其中已豁免 { $waived } 个。部分恢复：{ $part } 个。不清楚：{ $unknown } 个。
report-clients-since = 对比时刻
report-clients-waivers = 豁免
report-clients-taken-back = 由 { $name } 撤回
report-clients-more = 另有 { $n } 个，JSON 导出中有全部。
restart-instance = 服务 { $service }{ $namespace ->
    [public] {""}
   *[other] （命名空间 { $namespace }）
}，实例 { $instance }{ $by ->
    [beat] （心跳方式）
   *[connection] {""}
}{ $stands ->
    [none] （该服务已没有健康实例）
    [fewer] （现有健康实例 { $now } 个，正常时 { $well } 个）
   *[others] {""}
}
restart-beating = 实例 { $instance }（心跳方式，所属服务没有读到）
restart-line = 需重启：{ $what }
restart-line-last = 需重启：{ $what }，{ $last }
restart-more = 另有 { $n } 个实例
restart-nothing = 没有发布任何服务。
restart-nothing-said = 没有发布任何服务
restart-not-read = 它发布了哪些服务没有读到。
client-logs-title = 客户端日志
client-logs-open = 客户端日志：它为什么没有恢复
client-logs-what = 粘贴或上传客户端自己的日志。从中可以看出它配置了哪些服务端、连接各服务端的结果以及从何时开始。日志不能说明节点本身的状态。
client-logs-none = 还没有提交客户端日志。
client-logs-form = 提交客户端日志
client-logs-client = 哪个客户端
client-logs-client-hint = 地址或应用名，与未恢复名单中的写法一致：10.0.4.7 order
client-logs-text = 日志内容
client-logs-text-hint = SDK 的 remote.log、naming.log 或 config.log（~/logs/nacos），或应用自己输出的同类日志。带有 server-addr 的配置行也有用。
client-logs-file = 或上传文件，最大 8 MiB
client-logs-do = 提交
client-log-read = 共 { $lines } 行，识别了 { $understood } 行。
client-log-span = 日志时间从 { $first } 到 { $last }（按原文）。
client-log-left-out = 更早的 { $n } 行未读取。
client-log-lines = 日志原文
client-log-is-connected = 日志末尾已连接
client-log-is-without = 日志末尾没有连接
client-log-is-untold = 日志未说明
client-log-knows-untold = 日志没有说明它配置了哪些服务端。
client-log-knows-one = 它只配置了一个服务端：{ $server }。该服务端失效后无处可切。
client-log-knows = 它配置了 { $n } 个服务端：{ $servers }。
client-log-when = { $n } 次{ $span ->
    [none] {""}
   *[other] ，{ $span }
}
client-log-end-connected = 日志末尾已连接 { $server }{ $since ->
    [none] {""}
   *[other] ，从 { $since } 开始
}。
client-log-end-without = 日志末尾没有连接{ $since ->
    [none] {""}
   *[other] ，从 { $since } 开始
}。
client-log-end-untold = 日志没有说明末尾是否已连接。
client-log-grpc-alone = { $server } 的 HTTP 有应答，而 gRPC 端口（主端口加 1000）不通：很可能是防火墙拦截，或端口没有映射。
invalid-client-log-whose = 请填写是哪个客户端的日志。
invalid-client-log-server = 这是 Nacos 服务端的日志，请在步骤 2 中为对应节点提交。
invalid-client-log-nothing = 其中没有 Nacos SDK 写出的日志。
invalid-client-log-many = 已有 200 份客户端日志。
cli-client-log = 客户端 { $client } 的日志：
cli-client-log-none = ：{ $why }
timeline-client-log = 提交了客户端日志：{ $client }
client-log-got-refused = { $server }：拒绝连接，{ client-log-when }。
client-log-got-timed-out = { $server }：连接超时，{ client-log-when }。
client-log-got-name = { $server }：域名无法解析，{ client-log-when }。
client-log-got-unreachable = { $server }：网络不可达，{ client-log-when }。
client-log-got-closed = { $server }：连接被断开，{ client-log-when }。
client-log-got-forbidden = { $server }：鉴权失败（403），{ client-log-when }。
client-log-got-not-ready = { $server }：服务端未就绪，{ client-log-when }。
client-log-got-unknown = { $server }：失败，日志未说明原因，{ client-log-when }。
client-log-connected = { $server }：已连接，{ client-log-when }。
client-log-no-server = 没有可用的服务端，{ client-log-when }。
client-log-not-connected = 因没有连接而失败的请求：{ client-log-when }。
client-hosts-title = 客户端日志位置
client-hosts-what = 各客户端自己的日志在其他主机上的位置。第 5 步会读取这些日志的末尾，说明客户端为何没有恢复。
client-hosts-lines = 每行一条：客户端 = ssh://用户@主机/日志路径，或其 SDK 写日志的目录
client-hosts-hint = 等号前写明是谁的日志。路径之后可以跟节点 SSH 位置的选项：key、passphrase、known_hosts、jump。
client-hosts-unreleased = { $client }：{ $reference } 未放行。请管理员在“凭据”页面为 { $to } 放行。
client-hosts-login = 各主机的密钥必须已知；凭据只在管理员已允许用于该主机时才会使用。
client-logs-read = 通过 SSH 读取
client-logs-read-what = 最近一轮第 5 步检查时，从集群登记的主机上读取。主机读取失败不说明任何节点的状况。
client-logs-unread = 读取失败
client-log-read-of-server = 为客户端 { $client } 登记的日志其实是某个节点的日志。
client-log-read-nothing = 为客户端 { $client } 登记的日志中没有找到 Nacos SDK 的日志行。
invalid-client-host-place = 请写成“客户端 = ssh://用户@主机/路径”，例如 10.0.4.7 order = ssh://app@10.0.4.7/home/app/logs/nacos。
invalid-client-host-option = 路径之后的选项只能是 key=agent、key=file:路径、passphrase=、known_hosts=、jump=。
invalid-client-host-long = 客户端名称过长，不超过 100 个字符。
invalid-client-host-twice = 前面已有一行写了同一个客户端。
invalid-client-host-many = 最多 100 行。
web-audit-field-client-host = 客户端日志位置
