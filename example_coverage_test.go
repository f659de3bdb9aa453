package optim_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"strings"
	"testing"
)

// Every exported type and function has an Example on its page. The page of a type shows the examples
// of the type, of its methods and of the functions that return it. An example of a type counts for
// such a function if it calls the function.
func TestEveryNounHasAnExample(t *testing.T) {
	source := parseGo(t, false)
	examples := map[string]*ast.FuncDecl{} // by what follows Example in the name
	for _, f := range declared(parseGo(t, true)) {
		if name, ok := strings.CutPrefix(f.Name.Name, "Example"); ok {
			examples[name] = f
		}
	}
	of := func(noun string) (found []*ast.FuncDecl) {
		for name, f := range examples {
			if name == noun || strings.HasPrefix(name, noun+"_") {
				found = append(found, f)
			}
		}
		return found
	}
	makes := map[string][]*ast.FuncDecl{} // the functions that return a type
	for _, f := range declared(source) {
		if f.Name.IsExported() && f.Recv == nil {
			makes[result(f)] = append(makes[result(f)], f)
		}
	}
	for _, noun := range types(source) {
		shown := of(noun)
		for _, f := range makes[noun] {
			shown = append(shown, of(f.Name.Name)...)
		}
		if len(shown) == 0 {
			t.Errorf("no example for the type %s", noun)
		}
		for _, f := range makes[noun] {
			if len(of(f.Name.Name)) == 0 && !calls(of(noun), f.Name.Name) {
				t.Errorf("no example for %s, which returns a %s", f.Name.Name, noun)
			}
		}
		delete(makes, noun)
	}
	for _, others := range makes {
		for _, f := range others {
			if len(of(f.Name.Name)) == 0 {
				t.Errorf("no example for %s", f.Name.Name)
			}
		}
	}
}

// parseGo parses the files of this package, or their tests.
func parseGo(t *testing.T, tests bool) (parsed []*ast.File) {
	t.Helper()
	names, err := filepath.Glob("*.go")
	if err != nil || len(names) == 0 {
		t.Fatalf("%d files, %v", len(names), err)
	}
	for _, name := range names {
		if strings.HasSuffix(name, "_test.go") != tests {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		parsed = append(parsed, file)
	}
	return parsed
}

func declared(files []*ast.File) (found []*ast.FuncDecl) {
	for _, file := range files {
		for _, d := range file.Decls {
			if f, ok := d.(*ast.FuncDecl); ok {
				found = append(found, f)
			}
		}
	}
	return found
}

// types returns the names of the exported types.
func types(files []*ast.File) (names []string) {
	for _, file := range files {
		for _, d := range file.Decls {
			g, ok := d.(*ast.GenDecl)
			if !ok || g.Tok != token.TYPE {
				continue
			}
			for _, s := range g.Specs {
				if name := s.(*ast.TypeSpec).Name; name.IsExported() {
					names = append(names, name.Name)
				}
			}
		}
	}
	return names
}

// result returns the name of the first type that f returns, without pointer and type arguments, or "".
func result(f *ast.FuncDecl) string {
	if f.Type.Results == nil {
		return ""
	}
	expression := f.Type.Results.List[0].Type
	if star, ok := expression.(*ast.StarExpr); ok {
		expression = star.X
	}
	if index, ok := expression.(*ast.IndexExpr); ok {
		expression = index.X
	}
	if name, ok := expression.(*ast.Ident); ok && name.IsExported() {
		return name.Name
	}
	return ""
}

// calls returns whether one of the examples calls the function of this package with the given name.
func calls(examples []*ast.FuncDecl, name string) (found bool) {
	for _, f := range examples {
		ast.Inspect(f, func(n ast.Node) bool {
			call, ok := n.(*ast.CallExpr)
			if ok {
				selector, ok := call.Fun.(*ast.SelectorExpr)
				found = found || ok && selector.Sel.Name == name
			}
			return true
		})
	}
	return found
}
