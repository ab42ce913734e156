cli-progress = { $done }/{ $total } { $node } { $check }
cli-head = { $cluster }：{ $health }
cli-health-healthy = 健康
cli-health-degraded = 降级
cli-health-down = 不可用
cli-health-unknown = 未知
cli-tolerance = { $count ->
    [0] 不能再损失任何节点：再停一个，集群即不可用。
   *[other] 还可以再损失 { $count } 个节点。
  }
cli-tolerance-unknown = 未能看到成员关系，无法得知还能损失几个节点。
cli-judged-at = 判定时刻 { $at }，耗时 { $seconds } 秒。
cli-causes = 问题所在
cli-no-cause-healthy = 没有发现问题。
cli-no-cause-unknown = 未发现问题，但有些能暴露问题的内容没能看到。
cli-no-cause = 存在异常，但无法确定原因，请看下面的发现。
cli-confidence-certain = 确定
cli-confidence-likely = 很可能
cli-confidence-possible = 可能
cli-nodes = 节点：{ $nodes }
cli-impact = 影响：
cli-action = 现在就做：
cli-do-not = 不要做：
cli-refuted-by = 出现以下情况则另有原因：
cli-consequences = 由此引起：{ $codes }
cli-findings = 发现
cli-step-confirm = 确认停机
cli-step-logs = 查日志
cli-step-config = 核对配置
cli-step-network = 探网络
cli-step-clients = 客户端重连
cli-step-monitor = 观察
cli-outcome-fail = 失败
cli-outcome-warn = 警告
cli-outcome-advice = 建议
cli-outcome-pass = 正常
cli-more-evidence = ……另有 { $count } 条
cli-not-seen = 未能查看
