module github.com/humanfeedback/feedbacks/internal/bench

go 1.26.0

require (
	github.com/gorilla/mux v1.8.1
	github.com/humanfeedback/feedbacks v0.0.0
)

require (
	github.com/go-json-experiment/json v1.27.2 // indirect
	github.com/golang-jwt/jwt/v5 v5.3.1 // indirect
	github.com/tidwall/btree v1.8.2 // indirect
)

replace github.com/humanfeedback/feedbacks => ../..
