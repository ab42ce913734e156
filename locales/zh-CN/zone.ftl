zone-times = 时间所用时区
zone-label = 时区
zone-browser = 浏览器所在时区
zone-name = 时区
zone-name-hint = 填写 IANA 名称，如 Asia/Shanghai、Europe/Berlin；也可填 UTC，或填 local 表示浏览器所在时区。导出文件始终使用 UTC。
