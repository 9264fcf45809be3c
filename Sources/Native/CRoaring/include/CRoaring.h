// Sets of 32-bit numbers. Serialized sets are in the portable format; the reader expects one that
// was checked: CRoaring 0.2 trusts the counts in it.
#pragma once
#include <features.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct croaring_set croaring_set;
/// Null when there is no memory, here and below.
croaring_set *croaring_create(void);
croaring_set *croaring_copy(const croaring_set *set);
void croaring_free(croaring_set *set);

void croaring_insert(croaring_set *set, uint32_t value);
/// `first` to `last`, both inside.
void croaring_insert_range(croaring_set *set, uint32_t first, uint32_t last);
void croaring_remove(croaring_set *set, uint32_t value);
void croaring_form_union(croaring_set *set, const croaring_set *other);
void croaring_form_intersection(croaring_set *set, const croaring_set *other);
bool croaring_contains(const croaring_set *set, uint32_t value);
bool croaring_equal(const croaring_set *left, const croaring_set *right);
uint64_t croaring_count(const croaring_set *set);
/// Chooses the smallest form of each container.
void croaring_optimize(croaring_set *set);

size_t croaring_byte_count(const croaring_set *set);
/// Writes exactly `croaring_byte_count` bytes.
void croaring_write(const croaring_set *set, void *output);
croaring_set *croaring_read(const void *input, size_t count);

typedef struct croaring_walk croaring_walk;
/// The values from `first` on. The set must not change before the walk is over.
croaring_walk *croaring_walk_open(const croaring_set *set, uint32_t first);
/// Up to `room` values in ascending order; 0 at the end.
uint32_t croaring_walk_next(croaring_walk *walk, uint32_t *values, uint32_t room);
void croaring_walk_close(croaring_walk *walk);
