checks-gathers-nothing = 该检查只研判其他检查已保存的结果。
checks-not-looked = 这一部分未查看。
checks-not-judged = 已采集到数据，但无法研判。
checks-timed-out = 在节点时限内没有采集到任何内容。
checks-tells-of-now-only = 该项只能查询运行中节点的当前状态，无法回答所指定的过去时刻。
checks-internal-error = 程序处理这一部分时出错，详见 nodedown 自身的日志。
checks-interrupted = 执行过程中 nodedown 停止，未保留任何结果。
