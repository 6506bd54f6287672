"""``import("enum")``: functions over arrays and maps, written in Tengo as natively.

What a script's own function or a bad size does wrong is reported with the line and column in here
(``at enum:118:25``), and scripts' authors know these numbers: the calls stand where they natively
stand, hence the empty lines.

Source: tengo spec 17.8.
"""

from __future__ import annotations

SOURCE = """\
is_array_like := func(x) {
  return is_array(x) || is_immutable_array(x)
}

is_enumerable := func(x) {
  return is_array_like(x) || is_map(x) || is_immutable_map(x)
}

export {
  // Whether fn is truthy for every element.

  all: func(x, fn) {
    if !is_enumerable(x) { return undefined }

    for k, v in x {
      if !fn(k, v) { return false }
    }

    return true
  },

  // Whether fn is truthy for some element.
  any: func(x, fn) {
    if !is_enumerable(x) { return undefined }

    for k, v in x {
      if fn(k, v) { return true }
    }

    return false
  },

  // The array cut into arrays of the given size; the last may be shorter.
  // Maps cannot be cut.
  chunk: func(x, size) {
    if !is_array_like(x) || !size { return undefined }

    count := len(x)


    res := []
    idx := 0
    for idx < count {
      res = append(res, x[idx:idx+size])
      idx += size
    }

    return res
  },

  // The element of an int index (array) or string key (map).
  at: func(x, key) {
    if !is_enumerable(x) { return undefined }

    if is_array_like(x) {
      if !is_int(key) { return undefined }
    } else if !is_string(key) {
      return undefined
    }

    return x[key]
  },



  // Calls fn for every element.
  each: func(x, fn) {
    if !is_enumerable(x) { return undefined }

    for k, v in x {
      fn(k, v)
    }
  },


  // The elements of an array for which fn is truthy.
  filter: func(x, fn) {
    if !is_array_like(x) { return undefined }

    dst := []
    for k, v in x {
      if fn(k, v) { dst = append(dst, v) }
    }

    return dst
  },



  // The first element for which fn is truthy.
  find: func(x, fn) {
    if !is_enumerable(x) { return undefined }

    for k, v in x {
      if fn(k, v) { return v }
    }
  },



  // Its index or key.
  find_key: func(x, fn) {
    if !is_enumerable(x) { return undefined }

    for k, v in x {
      if fn(k, v) { return k }
    }
  },



  // What fn makes of each element, as an array.
  map: func(x, fn) {
    if !is_enumerable(x) { return undefined }

    dst := []
    for k, v in x {
      dst = append(dst, fn(k, v))
    }

    return dst
  },
  // For use as fn: its first argument, its second.
  key: func(k, _) { return k },

  value: func(_, v) { return v }
}
"""
