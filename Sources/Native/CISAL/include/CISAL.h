// Checksums: CRC-32 and CRC-32C of ISA-L, and CRC-64/NVME, which ISA-L 2.30 lacks, by carry-less
// multiplication where the processor has it.
//
// Each takes the checksum of what came before (0 at the start) and answers that of the whole.
#pragma once
#include <features.h>
#include <stddef.h>
#include <stdint.h>

uint32_t cisal_crc32(uint32_t before, const void *bytes, size_t count);
uint32_t cisal_crc32c(uint32_t before, const void *bytes, size_t count);
uint64_t cisal_crc64nvme(uint64_t before, const void *bytes, size_t count);
/// The same by table, for processors without carry-less multiplication and for comparison.
uint64_t cisal_crc64nvme_table(uint64_t before, const void *bytes, size_t count);
