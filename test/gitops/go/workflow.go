// The verdict of Argo Workflows on an object, by the conditions of a resource template.
package main

import (
	"fmt"
	"strings"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/labels"
)

// The conditions of an Argo Workflows resource template: label selectors over paths into the object.
type workflow struct {
	Success string `json:"success"`
	Failure string `json:"failure"`
}

// judge tells what the step comes to: any failure condition that holds fails it, all success conditions together end it.
func (conditions workflow) judge(object map[string]any) (string, error) {
	failures, err := labels.ParseToRequirements(conditions.Failure)
	if err != nil {
		return "", err
	}
	for _, one := range failures {
		if one.Matches(valueOf(object, one.Key())) {
			return "Failed", nil
		}
	}
	successes, err := labels.ParseToRequirements(conditions.Success)
	if err != nil {
		return "", err
	}
	for _, one := range successes {
		if !one.Matches(valueOf(object, one.Key())) {
			return "Running", nil
		}
	}
	return "Succeeded", nil
}

func valueOf(object map[string]any, path string) labels.Set {
	value, found, err := unstructured.NestedFieldNoCopy(object, strings.Split(path, ".")...)
	if err != nil || !found {
		return labels.Set{}
	}
	return labels.Set{path: fmt.Sprint(value)}
}
