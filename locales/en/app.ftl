app-name = nodedown
