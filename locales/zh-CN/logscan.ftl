logscan-over-cap = 该文件在此时间窗口内超过 { $mib } MiB，较早的部分没有读取。
logscan-deadline = 时间已到，窗口的其余部分没有读取。
logscan-changed = 读取过程中文件被轮转或截断。
logscan-recording-start = 录制从窗口中间开始。
logscan-packed = 压缩文件损坏或不完整，只读取了损坏之前的部分。
