## 一切正常时的集群基线

baseline-title = 与正常时相比的变化
baseline-well-at = { $at } 时一切正常（基线第 { $version } 版）。
baseline-looks-same = 成员与 leader 均无变化。
baseline-looks-what = 此处仅将成员与 leader 和最近一次巡检对比。配置、服务、客户端与日志在采集下一版基线时以及故障检查中重新读取。
baseline-same = 与正常时相比没有变化。
baseline-same-as-seen = 可对比的内容均无变化。
baseline-not-compared = 无法对比的内容
baseline-no-look = 此后没有巡检数据。
baseline-more-lines = 另有 { $n } 项
baseline-more-names = 等，另有 { $n } 项
baseline-versions-all = 所有版本
baseline-versions = 基线版本
baseline-versions-what = 集群持续正常足够长时间后，nodedown 会记录当时的状态作为基线。有变化时才新增版本。
baseline-versions-changes = 各版本的变化
baseline-version-number = 第 { $n } 版
baseline-well-since = 至少从此时起一切正常
baseline-still-so = 最后确认未变
baseline-saw-more = 没有变化，可见内容比之前更多。
baseline-first = 第一版基线。
baseline-before-dropped = 前一版本已不再保留。
baseline-holds = 最新版本的内容
baseline-holds-what = 配置只保留哈希，不保留取值，仅用于判断哪个配置项变了。
baseline-none = 暂无基线
baseline-none-unwatched = 尚无基线：集群未被巡检。巡检通过节点 API 进行。
baseline-none-unwell = 尚无基线：集群并非一切正常。
baseline-none-yet = 尚无基线：集群已持续正常 { $minutes } 分钟，满 { $after } 分钟后采集。
baseline-none-waits = 尚无基线：需持续正常 { $after } 分钟，且无未关闭的故障、无维护、无进行中的重启时才会采集。
baseline-none-unwatched-then = 故障前没有基线：集群未被巡检，或当时的巡检记录已不再保留。
baseline-none-unwell-then = 故障前没有基线：当时集群并非一切正常。
baseline-none-yet-then = 故障前没有基线：集群仅持续正常 { $minutes } 分钟，满 { $after } 分钟后才会采集。
baseline-none-waits-then = 故障前没有基线：需持续正常 { $after } 分钟，且无未关闭的故障、无维护、无进行中的重启时才会采集。
baseline-not-seen = 未观测

baseline-part-members = 成员
baseline-part-version = Nacos 版本
baseline-part-raft = Raft leader
baseline-part-start = 最近一次启动
baseline-part-settings = 配置项
baseline-part-conf = cluster.conf
baseline-part-services = 服务
baseline-part-clients = 客户端
baseline-part-errors = 日志错误

baseline-count-members = { $n } 个成员
baseline-count-groups = { $n } 个 Raft 组
baseline-count-keys = { $n } 项
baseline-count-services = 列出 { $n } 个服务，{ $instances } 个实例
baseline-count-clients = { $n } 个连接，{ $names } 个应用或地址
baseline-count-connections = { $n } 个连接，未列出客户端
baseline-count-errors = 每小时 { $n } 行
baseline-start-took = { $at }，耗时 { $took }

baseline-from-to = { $before } → { $now }
baseline-terms = 任期 { $before } → { $now }
baseline-node-left = 已不在集群清单中
baseline-node-joined = 新加入集群清单
baseline-member-gone = 成员列表中不再有 { $names }
baseline-member-new = 成员列表新增 { $names }
baseline-member-state = 成员状态变化：{ $names }
baseline-version = Nacos { $before } → { $now }
baseline-leader = leader { $before } → { $now }：{ $names }
baseline-elected = 重新选举过：{ $names }
baseline-started = 于 { $now } 重新启动，上一次启动在 { $before }
baseline-started-took = 于 { $now } 重新启动（耗时 { $took_now }），上一次启动在 { $before }（耗时 { $took_before }）
baseline-setting-other = 取值已变：{ $names }
baseline-setting-new = 新增配置：{ $names }
baseline-setting-gone = 不再设置：{ $names }
baseline-conf = cluster.conf { $side ->
    [more] 新增成员：{ $more }
    [less] 去掉成员：{ $less }
   *[both] 新增成员：{ $more }；去掉成员：{ $less }
}
baseline-conf-lines = cluster.conf 内容有改动，成员未变
baseline-service-gone = 服务列表中不再有 { $names }
baseline-service-new = 新增服务：{ $names }
baseline-instances = 服务实例数：{ $names }
baseline-client-gone = 已不连接任何节点的客户端：{ $names }
baseline-client-new = 新客户端：{ $names }
baseline-client-count = 客户端数量：{ $names }
baseline-errors = 每小时 ERROR 日志行数：{ $before } → { $now }

baseline-unseen-before = { $part }：无法对比，正常时未观测到（{ $why }）
baseline-unseen-now = { $part }：无法对比，当前未观测到（{ $why }）
baseline-not-looked = 未检查
baseline-not-told = 返回内容中没有
baseline-silent = 节点无应答
baseline-no-files = 无法读取其文件
baseline-no-api = 没有 API 地址
baseline-copied = 文件为拷贝，不反映当前状态
baseline-no-properties = 没有 application.properties
baseline-no-conf = 没有 cluster.conf
baseline-logs-in-part = 日志未能完整读取
baseline-clients-unnamed = 未列出其客户端
baseline-too-large = 内容过大，未保留
baseline-start-told-otherwise = 两次启动时间来源不同
baseline-settings-of-the-file = 未看到环境变量与命令行，只对比 application.properties
