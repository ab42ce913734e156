# 首页。

overview-empty = 还没有登记集群
overview-lost = { $cluster } 失去节点 { $nodes }
overview-unanswered = { $cluster }：{ $nodes } 没有应答
overview-lost-since = （{ $ago }）
overview-lost-before = （{ $ago }发现）
overview-down = { $cluster } 不可用
overview-degraded = { $cluster } 降级
overview-closing-up = { $cluster } 所有节点均有应答，故障尚未关闭
overview-cause-of = 故障原因
overview-given-up = 已于 { $ago }关闭，当时集群未恢复。
overview-closing = { $cluster } 健康，故障尚未关闭
overview-unknown = { $cluster }：已检查的部分未见问题，但未能检查全部
overview-not-looked = { $cluster } 尚未检测
overview-calm-one = { $cluster } 所有节点均有应答
overview-calm = 全部 { $n } 个集群的所有节点均有应答。
overview-lead = ；{ $name } 正在处理。
overview-no-cause-yet = 尚未查明原因
cluster-open = 进行中的事件
cluster-open-what = 原因和处置以事件中的为准。
overview-no-cause = 未记录原因
overview-nobody = ；无人处理。
overview-nobody-drill = ；无人处理，仅有 { $name } 主持的演练。
overview-stop = 。
overview-more = 另有 { $n } 个集群异常。

## what the watcher saw

day-label = 近 24 小时：
day-and = ，
day-up = 可用 { $time }
day-degraded = 降级 { $time }
day-down = 不可用 { $time }
day-unseen = 未观测 { $time }
look-state-up = 可用
look-state-degraded = 降级
look-state-down = 不可用
history-title = 巡检记录
history-day = 最近 24 小时
history-around = 前后各半小时：
history-spells = 状态变化
history-what = 按 API 每隔几秒的巡检结果判断；每一分钟以其中最差的一次为准。
history-lasted = 持续
history-why = 最先出现的问题
history-cut = 只列出最近的若干条。
history-none = 这段时间没有观测数据
history-none-what = nodedown 未运行，或没有可访问的节点。请为集群节点填写 API 地址。
overview-month = 本月（{ $zone }）故障 { $n } 次
overview-month-recovered = ，恢复用时中位数 { $median }（{ $of } 次有实测）。
overview-month-unknown = ，均无实测恢复时间。
