// OpenSSL 3 as flat functions: digests, ciphers and TLS streams. Nothing of the library's own
// headers shows.
#pragma once
#include <features.h>

#include "COpenSSL_digests.h"
#include "COpenSSL_tls.h"
