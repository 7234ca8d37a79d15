// What Grafana's own types make of deploy/monitoring/dashboard.json: test/support/go-tools.ts builds it.
module cassandra-cleanup-operator/monitoring

go 1.26.0

require github.com/grafana/grafana-foundation-sdk/go v0.0.22
