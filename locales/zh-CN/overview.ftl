# 首页。

overview-empty = 还没有登记集群
overview-lost = { $cluster } 失去节点 { $nodes }
overview-lost-since = （{ $ago }）
overview-down = { $cluster } 不可用
overview-degraded = { $cluster } 降级
overview-closing = { $cluster } 已恢复健康，故障尚未关闭
overview-unknown = { $cluster }：已检查的部分未见问题，但未能检查全部
overview-not-looked = { $cluster } 尚未检测
overview-calm-one = { $cluster } 健康
overview-calm = 全部 { $n } 个集群健康。
overview-lead = ；{ $name } 正在处理。
overview-nobody = ；无人处理。
overview-stop = 。
overview-more = 另有 { $n } 个集群异常。
