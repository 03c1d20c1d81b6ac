module flowfusion/nodekit

go 1.24
