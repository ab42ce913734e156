# 演示：显示回放进度的横条，以及引导说明。
demo-bar = 故障录制回放
demo-phase-down = 停机
demo-phase-starting = 启动中
demo-phase-back = 已恢复应答
demo-phase-stable = 稳定
demo-phase-plays = 播放中
demo-phase-over = 已结束
demo-says-down-waits = 故障会等你：第 4 步有结论后，节点才会重新启动。
demo-says-down = 节点已停机，回放继续中。
demo-says-starting = 节点正在启动。
demo-says-back = 节点已恢复应答，其他节点即将感知到。
demo-says-stable = 所有节点均已恢复。
demo-says-plays = 正在播放录制内容。
demo-says-over = 录制已结束：集群停留在录制结束时的状态。
demo-go-starting = 现在启动节点
demo-go-back = 跳到“已恢复应答”
demo-go-stable = 跳到“稳定”
demo-go-over = 跳到结尾
demo-coach-title = 你正在值班：三个节点中的 nacos-3 停了。
demo-coach-1 = 蓝色按钮用来发起故障处理，发起之后用它继续。这是真实故障的录制回放，怎么操作都不会造成破坏。
demo-coach-2 = 共六步。每一页的蓝色按钮就是下一步；先看最大的那行字，它是原因。
demo-coach-3 = 不用着急：第 4 步有结论之前，节点会一直停着；也可以点上方的“现在启动节点”。
demo-coach-off = 知道了

# 观察步骤的结束条件，分钟数取自设置。
monitor-criterion = 所有节点有应答、leader 与 term 一致，且连续 { $need }没有抖动，才算结束。
monitor-next-start = 开始观察，持续采样，直到连续 { $need }没有抖动。
monitor-next-watch = 请等待：已稳定 { $held }，需要 { $need }。一旦抖动会重新计时；不必一直停在本页。
monitor-next-first = 请等待：正在进行首次采样，之后需持续稳定 { $need }。
monitor-next-unstable = 尚未稳定：{ $why }。恢复后才开始计时，需持续稳定 { $need }。
monitor-next-unstable-unknown = 尚未稳定。所有节点有应答且一致后才开始计时，需持续稳定 { $need }。
monitor-next-met = 已稳定 { $need }，可以完成第 6 步。
monitor-back-to-step = 返回第 6 步
monitor-finish = 去完成第 6 步
monitor-minutes = { $minutes } 分钟
