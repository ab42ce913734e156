## the record as a postmortem

report-zone = 时间均为 UTC
report-zone-name = 时区
report-take-along = 导出记录
report-no-cause = 没有得出原因。
report-not-known = 未知
report-not-measured = 未测量
report-colon = ：
report-between-sentences = {""}
report-between-parts = ；
report-drill = 演练。
report-sentence = { $parts }。
report-sentence-opened = { $at } 发起
report-sentence-mitigated = { $time }后影响结束
report-sentence-mitigated-not = 未记录影响何时结束
report-sentence-recovered = { $time }后恢复
report-sentence-recovered-not = 未测得恢复
report-sentence-closed = { $time }后关闭
report-sentence-closed-not = 仍在处理

## cause
report-cause = 原因：
report-cause-since = 判定于
report-cause-named = 判定时段
report-cause-stands = 至今
report-rests-on-nothing = 没有留存支持它的证据。
report-evidence = 证据 { $hash }…
report-causes = 故障期间判定过的原因
report-causes-none = 没有得出原因。
report-why = 判断依据
report-means = 这类原因会影响什么

## impact
report-impact = 影响
report-harm-nodes = 最严重时不提供服务的节点
report-harm-nodes-none = 无
report-harm-nodes-not = 未测量
report-harm-clients = 客户端连接数
report-harm-clients-are = 故障前 { $before }，最低 { $fewest }，最后一次 { $last }
report-harm-clients-not = 未测量：没有一轮检查在所有节点上都统计到
report-harm-groups = 没有 leader 的 Raft 组
report-harm-groups-are = { $groups }（共 { $all } 组）
report-harm-groups-none = 各轮检查均未出现，共 { $all } 组
report-harm-groups-not = 未测量
report-harm-tolerance = 容错余量（还可再停的节点数）
report-harm-tolerance-is = 最低 { $fewest }，最后一轮 { $last }
report-harm-tolerance-not = 未测量：未采集到成员列表
report-harm-lasted = 从最后一条日志到影响结束
report-harm-lasted-not = 未知
report-harm-requests = 业务请求失败数
report-harm-requests-not = 未测量：nodedown 看不到业务请求

## course
report-course = 经过
report-course-label = 各时刻示意图，内容与下表相同
report-course-total = 共 { $time }。
report-course-widened = 按比例绘制，过短的部分加宽显示。
report-part-noticed = 至发现
report-part-confirmed = 至确认
report-part-mitigated = 至影响结束
report-part-recovered = 至恢复
report-part-closed = 至关闭
report-part-open = 仍在处理
report-moment = 时刻
report-moment-at = 时间
report-moment-since = 距上一时刻
report-moment-what = 依据
report-moment-silent = 失联
report-moment-silent-what = 节点自身日志的最后一条
report-moment-silent-not = 没有读到该节点的日志、日志仍在写，或最后一条晚于发起时间
report-moment-noticed = 发现
report-moment-noticed-what = 发起故障处理
report-moment-noticed-not = 发起故障处理
report-moment-confirmed = 确认
report-moment-confirmed-what = 步骤 1 完成
report-moment-confirmed-not = 步骤 1 未完成
report-moment-mitigated = 影响结束
report-moment-mitigated-what = 由人确认
report-moment-mitigated-not = 没有人确认过
report-moment-recovered = 恢复
report-moment-recovered-what = 自该时刻起测得健康或稳定，此后未再见异常
report-moment-recovered-not = 未测得，或关闭时尚未恢复
report-moment-closed = 关闭
report-moment-closed-what = 故障已关闭
report-moment-closed-not = 仍在处理

## steps
report-steps = 各步骤
report-step = 步骤
report-decision = 决定
report-machine = 机器
report-person = 人工
report-waiting = 等待
report-blind = 无法检查
report-not-run = 未执行检查
report-undecided = 该步骤还没有人做决定。
report-times-what = 机器：检查正在执行。等待：检查在排队，或正在观察集群。人工：该步骤的其余时间，包括阅读、操作和离开。

## appendix
report-appendix = 附录
report-appendix-what = 首页结论的依据。各部分可展开；打印时只打印已展开的内容。
report-open-all = 全部展开
report-fold-all = 全部收起
report-closed = （已收起，未打印）
report-checks = 各步骤的检查与决定
report-exceptions = 跳过、例外与盲区
report-exceptions-none = 无：所有步骤都已完成，所有检查都能执行
report-exception = 步骤 { $step }：{ $state }
report-open-steps = 尚未决定的步骤：{ $steps }
report-open-steps-why = 这些步骤还没有人确认结果。
report-not-seen = { $check } 无法检查：{ $places }
report-whole-cluster = 整个集群
report-cancelled = 由 { $by } 取消。
report-stood = 每次决定时页面上的结论与证据
report-stood-what = 当时的原因、最近一轮有变化的状态，以及最新的检查结果。页面打开时自动刷新的状态不留存，因此当时显示的状态可能更新。
report-stood-none = 当时还没有得出原因。
report-stood-no-round = 当时还没有完成任何一轮检查。
report-stood-no-checks = 当时还没有检查结果。
report-no-evidence = 没有采集证据。
report-hashes-what = 哈希按存储的内容计算，其中的敏感信息已去除。
report-head-title = 时间线末条的哈希
report-head = 条目 { $event } 的哈希为 { $hash }，代表导出时该条及之前的所有条目。之后若有条目被改动，哈希就不再相符；但能写数据库的人也能重新计算整条哈希链。
report-head-none = 时间线没有条目。
report-chain-fits = 各条目与哈希链相符。
report-chain-broken = 条目与哈希链不符：时间线在 nodedown 之外被改动过。
report-runbook = 手册
report-health = 最后一轮的健康状态
report-exported = 导出于
report-at-home = 在 nodedown 中查看

## print, chat
report-sheet-before = 第{" "}
report-sheet-after = {" "}页
report-summary = 摘要（可粘贴到聊天工具）
report-summary-in-en = 英文摘要
report-summary-in-zh-CN = 中文摘要
report-copy-en = 复制英文摘要
report-copy-zh-CN = 复制中文摘要
report-summary-exceptions = 跳过 { $skipped } 步，有例外 { $exceptions } 步
report-csv = CSV
report-copied = 启动前留存的证据
report-copied-file = 文件
report-copied-kind = 类型
