module github.com/humanfeedback/feedbacks

go 1.26

require (
	github.com/go-json-experiment/json v1.27.2
	github.com/gorilla/mux v1.8.1
	github.com/tidwall/btree v1.8.2
)
