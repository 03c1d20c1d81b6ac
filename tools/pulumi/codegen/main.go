// Writes the SDK of a Pulumi package in one language: what the official language hosts do when the CLI asks them to, with
// the generators that come with the CLI's own modules.
//
//	pulumi-codegen <nodejs|python> <folder> <address of the schema loader> [-local] < schema.json
package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/pulumi/pulumi/pkg/v3/codegen/nodejs"
	"github.com/pulumi/pulumi/pkg/v3/codegen/python"
	"github.com/pulumi/pulumi/pkg/v3/codegen/schema"
)

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(args []string) error {
	if len(args) < 3 {
		return errors.New("usage: pulumi-codegen <nodejs|python> <folder> <address of the schema loader> [-local] < schema.json")
	}
	language, folder, isLocal := args[0], args[1], len(args) > 3 && args[3] == "-local"
	loader, err := schema.NewLoaderClient(args[2])
	if err != nil {
		return err
	}
	defer loader.Close()
	var spec schema.PackageSpec
	if err := json.NewDecoder(os.Stdin).Decode(&spec); err != nil {
		return fmt.Errorf("the schema is no JSON: %w", err)
	}
	pkg, diagnostics, err := schema.BindSpec(spec, loader, schema.ValidationOptions{})
	if err != nil {
		return err
	}
	if diagnostics.HasErrors() {
		return diagnostics
	}
	files, err := generate(language, pkg, loader, isLocal)
	if err != nil {
		return err
	}
	for name, content := range files {
		path := filepath.Join(folder, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			return err
		}
		if err := os.WriteFile(path, content, 0o644); err != nil {
			return err
		}
	}
	return nil
}

func generate(
	language string, pkg *schema.Package, loader schema.ReferenceLoader, isLocal bool,
) (map[string][]byte, error) {
	switch language {
	case "nodejs":
		return nodejs.GeneratePackage("pulumi", pkg, nil, nil, isLocal, loader)
	case "python":
		return python.GeneratePackage("pulumi", pkg, nil, loader)
	default:
		return nil, fmt.Errorf("no generator for %q", language)
	}
}
