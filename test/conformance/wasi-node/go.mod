module node

go 1.24

require flowfusion/nodekit v0.0.0

replace flowfusion/nodekit => ../../../nodekit/go
