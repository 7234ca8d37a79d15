// Whether objects of Flux are such, by the Go types that Flux itself reads them with.
package main

import (
	"bytes"
	"encoding/json"
	"fmt"

	kustomize "github.com/fluxcd/kustomize-controller/api/v1"
	source "github.com/fluxcd/source-controller/api/v1"
	meta "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// complaint tells why an object of Flux is none: a field that its Go type does not know, or a value it cannot hold.
func complaint(manifest json.RawMessage) string {
	var kind meta.TypeMeta
	if err := json.Unmarshal(manifest, &kind); err != nil {
		return err.Error()
	}
	types := map[string]any{
		kustomize.GroupVersion.String() + " Kustomization": &kustomize.Kustomization{},
		source.GroupVersion.String() + " GitRepository":    &source.GitRepository{},
	}
	name := kind.APIVersion + " " + kind.Kind
	into, ok := types[name]
	if !ok {
		return fmt.Sprintf("%s is no kind of Flux that is known here", name)
	}
	decoder := json.NewDecoder(bytes.NewReader(manifest))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(into); err != nil {
		return fmt.Sprintf("%s: %v", name, err)
	}
	return ""
}
