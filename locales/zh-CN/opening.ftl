# 巡检提示发起的故障处理。
proposal-silent = { $cluster }：{ $nodes } 无应答，无人处理
proposal-down = { $cluster }：有应答的节点不足多数派（{ $nodes } 无应答），无人处理
proposal-back = { $cluster }：{ $nodes } 已恢复应答，巡检尚在确认集群是否稳定，无人处理
proposal-node-silent = { $node } 自 { $at } 起未应答巡检
proposal-node-back = { $node } 已应答最近一次巡检，此前自 { $at } 起无应答。
proposal-again = 反复无应答，自 { $at } 起共 { $n } 次。
proposal-open = 发起故障处理
proposal-dismiss = 不是故障
proposal-reason = 原因（可选）
proposal-dismiss-what = 所有人都不再看到此提示。如有更多节点无应答或集群不可用，会重新提示；30 分钟后节点仍无应答，也会重新提示。
proposal-dismiss-do = 忽略此提示
rule-proposal-ended = 该提示已失效：集群已恢复，或已有人忽略。如仍需处理，请在总览页发起。
invalid-proposal-reason = 原因最多 { $n } 个字符。
timeline-first-signs = 最初迹象：发起前巡检已有提示
timeline-first-sign = { $node }：自 { $at } 起无应答

notify-proposed = { $cluster }：{ $nodes } 无应答
notify-proposed-down = { $cluster }：有应答的节点过少，{ $nodes } 无应答
notify-proposed-silent = { $node } 自 { $at } 起未应答巡检。
notify-proposed-was-silent = { $node } 曾自 { $at } 起未应答巡检。
notify-proposed-again = 反复无应答，自 { $at } 起共 { $n } 次。
notify-proposed-nobody = 无人处理：尚未发起故障处理。
notify-proposed-over = 已恢复：自 { $at } 起所有节点均有应答。
notify-proposed-opened = { $name } 已发起 { $incident }，{ $at }。
notify-proposed-dismissed = { $name } 认为不是故障，{ $at }。
notify-proposed-planned = { $name } 标记为计划内维护，{ $at }。
news-proposed = 节点无应答且无人处理
