// Tells what is wrong with a dashboard of Grafana by Grafana's own types, with those of the panels and the data source that
// ours has: the dashboard as JSON on standard input, a list of complaints as JSON on standard output.
package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/grafana/grafana-foundation-sdk/go/cog"
	"github.com/grafana/grafana-foundation-sdk/go/dashboard"
	"github.com/grafana/grafana-foundation-sdk/go/prometheus"
	"github.com/grafana/grafana-foundation-sdk/go/stat"
	"github.com/grafana/grafana-foundation-sdk/go/table"
	"github.com/grafana/grafana-foundation-sdk/go/timeseries"
)

func main() {
	raw, err := io.ReadAll(os.Stdin)
	if err == nil {
		err = json.NewEncoder(os.Stdout).Encode(complaints(raw))
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func complaints(raw []byte) []string {
	runtime := cog.NewRuntime()
	runtime.RegisterPanelcfgVariant(stat.VariantConfig())
	runtime.RegisterPanelcfgVariant(table.VariantConfig())
	runtime.RegisterPanelcfgVariant(timeseries.VariantConfig())
	runtime.RegisterDataqueryVariant(prometheus.VariantConfig())
	var ours dashboard.Dashboard
	if err := ours.UnmarshalJSONStrict(raw); err != nil {
		return each(err)
	}
	return each(ours.Validate())
}

func each(err error) []string {
	told := []string{}
	var several cog.BuildErrors
	if errors.As(err, &several) {
		for _, one := range several {
			told = append(told, one.Error())
		}
	} else if err != nil {
		told = append(told, err.Error())
	}
	return told
}
