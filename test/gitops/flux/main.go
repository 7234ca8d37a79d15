// Applies the object on standard input as Flux's kustomize-controller does, by its own library: what plain kubectl has set
// becomes Flux's first, and so goes where the object does not say it.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"

	"github.com/fluxcd/pkg/ssa"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/client-go/tools/clientcmd"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

const manager = "kustomize-controller"

// The options that kustomize-controller applies with (apply in its kustomization_controller.go).
func options() ssa.ApplyOptions {
	options := ssa.DefaultApplyOptions()
	options.Cleanup.FieldManagers = []ssa.FieldManager{
		{Name: "kubectl", OperationType: metav1.ManagedFieldsOperationApply},
		{Name: "kubectl", OperationType: metav1.ManagedFieldsOperationUpdate},
		{Name: "before-first-apply", OperationType: metav1.ManagedFieldsOperationUpdate},
		{Name: manager, OperationType: metav1.ManagedFieldsOperationUpdate},
	}
	return options
}

func apply(kubeconfig string) (string, error) {
	var object unstructured.Unstructured
	if err := json.NewDecoder(os.Stdin).Decode(&object); err != nil {
		return "", err
	}
	config, err := clientcmd.BuildConfigFromFlags("", kubeconfig)
	if err != nil {
		return "", err
	}
	server, err := client.New(config, client.Options{})
	if err != nil {
		return "", err
	}
	flux := ssa.NewResourceManager(server, nil, ssa.Owner{Field: manager, Group: "kustomize.toolkit.fluxcd.io"})
	change, err := flux.Apply(context.Background(), &object, options())
	if err != nil {
		return "", err
	}
	return string(change.Action), nil
}

func main() {
	action, err := apply(os.Args[1])
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	fmt.Println(action)
}
