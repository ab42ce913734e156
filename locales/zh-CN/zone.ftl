zone-times = 时间所用时区
zone-label = 时区
zone-browser = 浏览器所在时区
zone-name = 时区
zone-name-hint = 填写 IANA 名称，如 Asia/Shanghai、Europe/Berlin，或填 UTC；留空则使用本浏览器的时区。导出文件始终使用 UTC。
