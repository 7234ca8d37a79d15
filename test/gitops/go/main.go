// Judges CassandraCleanups as the tools of GitOps do, by their own libraries: kstatus (kubectl-style tools, Flux, Helm 4),
// Argo CD's Lua machine, Argo Workflows' conditions. A question as JSON on standard input, the answer as JSON on standard output.
package main

import (
	"encoding/json"
	"fmt"
	"os"

	flux "github.com/fluxcd/cli-utils/pkg/kstatus/status"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	kstatus "sigs.k8s.io/cli-utils/pkg/kstatus/status"
)

type question struct {
	Objects []unstructured.Unstructured `json:"objects"`
	// Argo CD's scripts, by what they are for.
	Health    string            `json:"health"`
	Discovery string            `json:"discovery"`
	Actions   map[string]string `json:"actions"`
	// The conditions of an Argo Workflows resource template.
	Workflow workflow `json:"workflow"`
}

type judged struct {
	Status  string `json:"status"`
	Message string `json:"message"`
}

type verdict struct {
	Kstatus judged `json:"kstatus"`
	// By the fork of kstatus that Flux and Helm use.
	Flux judged `json:"flux"`
	Argo any    `json:"argo"`
	// What discovery says of each action, and what each action makes of the object.
	Discovered any            `json:"discovered"`
	Made       map[string]any `json:"made"`
	Workflow   string         `json:"workflow"`
}

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run() error {
	var asked question
	if err := json.NewDecoder(os.Stdin).Decode(&asked); err != nil {
		return fmt.Errorf("the question: %w", err)
	}
	told := []verdict{}
	for _, object := range asked.Objects {
		one, err := judge(&object, asked)
		if err != nil {
			return fmt.Errorf("%s: %w", object.GetName(), err)
		}
		told = append(told, one)
	}
	return json.NewEncoder(os.Stdout).Encode(told)
}

func judge(object *unstructured.Unstructured, asked question) (one verdict, err error) {
	plain, err := kstatus.Compute(object)
	if err != nil {
		return one, err
	}
	forked, err := flux.Compute(object)
	if err != nil {
		return one, err
	}
	one.Kstatus = judged{plain.Status.String(), plain.Message}
	one.Flux = judged{forked.Status.String(), forked.Message}
	if one.Argo, err = runLua(object.Object, asked.Health); err != nil {
		return one, fmt.Errorf("health: %w", err)
	}
	if one.Discovered, err = runLua(object.Object, asked.Discovery); err != nil {
		return one, fmt.Errorf("discovery: %w", err)
	}
	one.Made = map[string]any{}
	for name, script := range asked.Actions {
		if one.Made[name], err = runLua(object.Object, script); err != nil {
			return one, fmt.Errorf("action %s: %w", name, err)
		}
	}
	one.Workflow, err = asked.Workflow.judge(object.Object)
	return one, err
}
