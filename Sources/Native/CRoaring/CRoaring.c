#include "CRoaring.h"

#include <roaring/roaring.h>

static roaring_bitmap_t *raw(const croaring_set *set) { return (roaring_bitmap_t *)set; }

croaring_set *croaring_create(void) { return (croaring_set *)roaring_bitmap_create(); }

croaring_set *croaring_copy(const croaring_set *set) {
  return (croaring_set *)roaring_bitmap_copy(raw(set));
}

void croaring_free(croaring_set *set) { roaring_bitmap_free(raw(set)); }

void croaring_insert(croaring_set *set, uint32_t value) { roaring_bitmap_add(raw(set), value); }

void croaring_insert_range(croaring_set *set, uint32_t first, uint32_t last) {
  roaring_bitmap_add_range_closed(raw(set), first, last);
}

void croaring_remove(croaring_set *set, uint32_t value) { roaring_bitmap_remove(raw(set), value); }

void croaring_form_union(croaring_set *set, const croaring_set *other) {
  roaring_bitmap_or_inplace(raw(set), raw(other));
}

void croaring_form_intersection(croaring_set *set, const croaring_set *other) {
  roaring_bitmap_and_inplace(raw(set), raw(other));
}

bool croaring_contains(const croaring_set *set, uint32_t value) {
  return roaring_bitmap_contains(raw(set), value);
}

bool croaring_equal(const croaring_set *left, const croaring_set *right) {
  return roaring_bitmap_equals(raw(left), raw(right));
}

uint64_t croaring_count(const croaring_set *set) {
  return roaring_bitmap_get_cardinality(raw(set));
}

void croaring_optimize(croaring_set *set) { roaring_bitmap_run_optimize(raw(set)); }

size_t croaring_byte_count(const croaring_set *set) {
  return roaring_bitmap_portable_size_in_bytes(raw(set));
}

void croaring_write(const croaring_set *set, void *output) {
  roaring_bitmap_portable_serialize(raw(set), output);
}

croaring_set *croaring_read(const void *input, size_t count) {
  return (croaring_set *)roaring_bitmap_portable_deserialize_safe(input, count);
}

croaring_walk *croaring_walk_open(const croaring_set *set, uint32_t first) {
  roaring_uint32_iterator_t *walk = roaring_create_iterator(raw(set));
  if (walk != NULL && first > 0) roaring_move_uint32_iterator_equalorlarger(walk, first);
  return (croaring_walk *)walk;
}

uint32_t croaring_walk_next(croaring_walk *walk, uint32_t *values, uint32_t room) {
  return roaring_read_uint32_iterator((roaring_uint32_iterator_t *)walk, values, room);
}

void croaring_walk_close(croaring_walk *walk) {
  roaring_free_uint32_iterator((roaring_uint32_iterator_t *)walk);
}
