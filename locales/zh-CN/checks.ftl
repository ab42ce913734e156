checks-no-watcher = 此处没有巡检。
checks-gathers-nothing = 该检查只判断其他检查已保存的结果。
checks-not-looked = 这一部分未检查。
checks-not-judged = 已采集到内容，但无法判断。
checks-timed-out = 在节点时限内没有采集到任何内容。
checks-tells-of-now-only = 该项只能向运行中的节点查询当前状态，不能查询所指定的时刻。
checks-internal-error = 程序处理这一部分时出错，详见 nodedown 自身的日志。
checks-interrupted = 执行过程中 nodedown 停止，未保留任何结果。
