package strictyaml

import (
	"encoding"
	"errors"
	"fmt"
	"reflect"
	"strconv"
	"time"
)

// An Unmarshaler decodes itself. An error of type [Errors] is passed on as it is; any other gets the node's place.
type Unmarshaler interface{ UnmarshalYAML(n *Node) error }

// Decode puts the node into the value that into points to, as the function [Decode] describes.
func (n *Node) Decode(into any) error {
	target := reflect.ValueOf(into)
	if target.Kind() != reflect.Pointer || target.IsNil() {
		return fmt.Errorf("strictyaml: decode into %T: not a pointer", into)
	}
	d := decoder{}
	d.value(n, target.Elem())
	if len(d.errs) > 0 {
		return d.errs
	}
	return nil
}

type decoder struct{ errs Errors }

func (d *decoder) fault(n *Node, code Code, subject, format string, args ...any) {
	if len(d.errs) < maxErrors {
		d.errs = append(d.errs, fault(n.Line, n.Column, code, subject, format, args...)...)
	}
}

func (d *decoder) value(n *Node, v reflect.Value) {
	if d.custom(n, v) {
		return
	}
	switch v.Kind() {
	case reflect.Pointer:
		if v.IsNil() {
			v.Set(reflect.New(v.Type().Elem()))
		}
		d.value(n, v.Elem())
	case reflect.Struct:
		d.structure(n, v)
	case reflect.Map:
		d.mapping(n, v)
	case reflect.Slice:
		d.list(n, v)
	default:
		d.scalar(n, v)
	}
}

// custom handles the types that take a node in their own way.
func (d *decoder) custom(n *Node, v reflect.Value) bool {
	switch target := v.Addr().Interface().(type) {
	case *Node:
		*target = *n
	case *Map:
		d.ordered(n, target)
	case *[]byte:
		if d.is(n, KindScalar) {
			*target = []byte(n.Text)
		}
	case *time.Time:
		if d.is(n, KindScalar) {
			d.time(n, target)
		}
	case Unmarshaler:
		d.refusal(n, target.UnmarshalYAML(n))
	case encoding.TextUnmarshaler:
		if d.is(n, KindScalar) {
			d.refusal(n, target.UnmarshalText([]byte(n.Text)))
		}
	default:
		return false
	}
	return true
}

func (d *decoder) refusal(n *Node, err error) {
	var own Errors
	switch {
	case err == nil:
	case errors.As(err, &own):
		d.errs = append(d.errs, own...)
	default:
		d.errs = append(d.errs, Error{n.Line, n.Column, CodeValue, n.Text, "", err.Error(), err})
	}
}

// is checks a node's kind. An empty value is an empty list or map too, but then there is nothing to decode.
func (d *decoder) is(n *Node, want Kind) bool {
	if n.Kind == want {
		return true
	}
	if n.Empty() {
		return false
	}
	hint := ""
	if want == KindList && n.Kind == KindScalar {
		hint = fmt.Sprintf(": write [%s]", n.Text)
	}
	d.fault(n, CodeType, n.Text, "expected %v, not %v%s", want, n.Kind, hint)
	return false
}

func (d *decoder) ordered(n *Node, into *Map) {
	if !d.is(n, KindMap) {
		return
	}
	out := make(Map, 0, len(n.Items))
	for i, item := range n.Items {
		if d.is(item, KindScalar) {
			out = append(out, Pair{n.Keys[i].Text, item.Text, item.Line, item.Column, item.Comment})
		}
	}
	*into = out
}

func (d *decoder) structure(n *Node, v reflect.Value) {
	if !d.is(n, KindMap) {
		return
	}
	fields := fieldsOf(v.Type())
	for i, key := range n.Keys {
		f, ok := fields.byName(key.Text)
		if !ok {
			d.unknown(key, fields)
			continue
		}
		d.value(n.Items[i], v.FieldByIndex(f.index))
	}
}

func (d *decoder) unknown(key *Node, fields fields) {
	near, hint := Nearest(key.Text, fields.names()), ""
	if near != "" {
		hint = fmt.Sprintf("; did you mean %q?", near)
	}
	d.fault(key, CodeUnknown, key.Text, "unknown key %q%s", key.Text, hint)
	d.errs[len(d.errs)-1].Near = near
}

func (d *decoder) mapping(n *Node, v reflect.Value) {
	if !d.is(n, KindMap) {
		return
	}
	out := reflect.MakeMapWithSize(v.Type(), len(n.Items))
	for i, key := range n.Keys {
		name, item := reflect.New(v.Type().Key()).Elem(), reflect.New(v.Type().Elem()).Elem()
		name.SetString(key.Text)
		d.value(n.Items[i], item)
		out.SetMapIndex(name, item)
	}
	v.Set(out)
}

func (d *decoder) list(n *Node, v reflect.Value) {
	if !d.is(n, KindList) {
		return
	}
	out := reflect.MakeSlice(v.Type(), len(n.Items), len(n.Items))
	for i, item := range n.Items {
		d.value(item, out.Index(i))
	}
	v.Set(out)
}

func (d *decoder) scalar(n *Node, v reflect.Value) {
	if n.Kind != KindScalar {
		d.fault(n, CodeType, "", "expected %v, not %v", KindScalar, n.Kind)
		return
	}
	switch v.Kind() {
	case reflect.String:
		v.SetString(n.Text)
	case reflect.Bool:
		if !n.Plain || n.Text != "true" && n.Text != "false" {
			d.fault(n, CodeType, n.Text, "expected true or false, not %q", n.Text)
			return
		}
		v.SetBool(n.Text == "true")
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		i, err := strconv.ParseInt(n.Text, 10, v.Type().Bits())
		if err != nil || !d.decimal(n, strconv.FormatInt(i, 10)) {
			d.number(n)
			return
		}
		v.SetInt(i)
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		u, err := strconv.ParseUint(n.Text, 10, v.Type().Bits())
		if err != nil || !d.decimal(n, strconv.FormatUint(u, 10)) {
			d.number(n)
			return
		}
		v.SetUint(u)
	default:
		d.fault(n, CodeType, n.Text, "a value of type %v cannot be read", v.Type())
	}
}

// decimal accepts only the one way to write a number.
func (d *decoder) decimal(n *Node, canonical string) bool { return n.Plain && n.Text == canonical }

func (d *decoder) number(n *Node) {
	d.fault(n, CodeNumber, n.Text, "expected a whole number like 12 (no quotes, leading zeros, 0x or _), not %q", n.Text)
}

// timeForm is the one form of a time, as in statements.
const timeForm = "2006-01-02T15:04:05Z"

func (d *decoder) time(n *Node, into *time.Time) {
	t, err := time.Parse(timeForm, n.Text)
	if err != nil || t.Format(timeForm) != n.Text {
		d.fault(n, CodeValue, n.Text, "expected a time like 2026-11-21T10:00:00Z (UTC, whole seconds), not %q", n.Text)
		return
	}
	*into = t
}
