usage-missing = 缺少参数：{ $arg }
usage-unknown = 此处没有参数 { $arg }。
usage-no-command = 没有命令 { $arg }。
usage-no-value = { $arg } 需要一个值。
usage-bad-value = { $arg } 的值 { $value } 无效。
usage-conflict = { $arg } 不能与 { $other } 同时使用。
usage-possible = 可选：{ $value }
usage-meant = 是否想写 { $value }？
usage-more = 加 --help 查看完整说明。
usage-how-duration = 请写成大于 0 的时长，如 30m、10s、500ms。
usage-how-time = 请使用 RFC 3339 格式，或节点所在时区的 YYYY-MM-DD HH:MM:SS。
usage-how-whole = 请填写 1 到 { $most } 之间的整数。
usage-how-deadline = 请写成 200ms 到 60s 之间的时长，如 10s。
usage-how-role = 角色有 viewer、operator、lead、admin。
usage-how-speed = 请填写 0.1 到 600 之间的数。
usage-how-listen = 请写成“地址:端口”，如 127.0.0.1:8770。
usage-how-node = --node 的写法是“名称=来源”，来源如 dir:/opt/nacos、local:/opt/nacos、ssh:用户@主机:/opt/nacos、api:主机:8848、rec:文件，选项用逗号隔开。原因：{ $why }
