module github.com/chatpass/chatpass/e2e

go 1.26.0

require (
	github.com/chatpass/chatpass v0.0.0
	github.com/chromedp/cdproto v0.159.0
	github.com/chromedp/chromedp v0.23.0
)

require (
	filippo.io/edwards25519 v1.2.0 // indirect
	github.com/agext/levenshtein v1.2.3 // indirect
	github.com/go-json-experiment/json v0.0.0-20260213210345-44df1a37e875 // indirect
	github.com/go-sql-driver/mysql v1.10.1 // indirect
	github.com/maypok86/otter/v2 v2.4.0 // indirect
)

replace github.com/chatpass/chatpass => ../
