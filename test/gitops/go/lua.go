// Runs the scripts of Argo CD, in the same Lua machine and with as little around them as there.
package main

import (
	"context"
	"fmt"
	"time"

	lua "github.com/yuin/gopher-lua"
)

// Argo CD lets a script run for one second; a busy machine of ours needs longer for the same.
const luaTimeout = 30 * time.Second

// runLua runs a script as Argo CD does unless an administrator opens its libraries: the object is the global `obj`; there is
// no string and no math library, and `require("os")` knows the date and the time only.
func runLua(object map[string]any, script string) (any, error) {
	state := lua.NewState(lua.Options{SkipOpenLibs: true})
	defer state.Close()
	for _, library := range []struct {
		name string
		open lua.LGFunction
	}{{lua.LoadLibName, lua.OpenPackage}, {lua.BaseLibName, lua.OpenBase}, {lua.TabLibName, lua.OpenTable}} {
		call := lua.P{Fn: state.NewFunction(library.open), Protect: true}
		if err := state.CallByParam(call, lua.LString(library.name)); err != nil {
			return nil, err
		}
	}
	state.PreloadModule(lua.OsLibName, loadClock)
	timeout, cancel := context.WithTimeout(context.Background(), luaTimeout)
	defer cancel()
	state.SetContext(timeout)
	state.SetGlobal("obj", toLua(state, object))
	if err := state.DoString(script); err != nil {
		return nil, err
	}
	table, ok := state.Get(-1).(*lua.LTable)
	if !ok {
		return nil, fmt.Errorf("gave a %s, not a table", state.Get(-1).Type())
	}
	return fromLua(table)
}

// loadClock is the `os` of a script: what of it can harm nobody.
func loadClock(state *lua.LState) int {
	lua.OpenOs(state)
	whole := state.GetGlobal(lua.OsLibName).(*lua.LTable)
	state.SetGlobal(lua.OsLibName, lua.LNil)
	clock := state.NewTable()
	for _, name := range []string{"date", "time"} {
		clock.RawSetString(name, whole.RawGetString(name))
	}
	state.Push(clock)
	return 1
}

func toLua(state *lua.LState, value any) lua.LValue {
	switch known := value.(type) {
	case bool:
		return lua.LBool(known)
	case string:
		return lua.LString(known)
	case int64:
		return lua.LNumber(known)
	case float64:
		return lua.LNumber(known)
	case []any:
		table := state.NewTable()
		for _, item := range known {
			table.Append(toLua(state, item))
		}
		return table
	case map[string]any:
		table := state.NewTable()
		for key, item := range known {
			table.RawSetString(key, toLua(state, item))
		}
		return table
	}
	return lua.LNil
}

// fromLua makes JSON of what a script gives. An empty table is an empty list, as with Argo CD: Lua cannot tell.
func fromLua(value lua.LValue) (any, error) {
	switch known := value.(type) {
	case lua.LBool:
		return bool(known), nil
	case lua.LNumber:
		return float64(known), nil
	case lua.LString:
		return string(known), nil
	case *lua.LTable:
		if first, _ := known.Next(lua.LNil); first == lua.LNil || first.Type() == lua.LTNumber {
			return listOf(known)
		}
		return objectOf(known)
	}
	return nil, fmt.Errorf("gave a %s, which JSON does not know", value.Type())
}

func listOf(table *lua.LTable) (list []any, err error) {
	list = make([]any, table.Len())
	for index := range list {
		if list[index], err = fromLua(table.RawGetInt(index + 1)); err != nil {
			return nil, err
		}
	}
	return list, nil
}

func objectOf(table *lua.LTable) (map[string]any, error) {
	object := map[string]any{}
	var failed error
	table.ForEach(func(key, value lua.LValue) {
		item, err := fromLua(value)
		if err != nil {
			failed = fmt.Errorf("%s: %w", key, err)
		}
		object[key.String()] = item
	})
	return object, failed
}
