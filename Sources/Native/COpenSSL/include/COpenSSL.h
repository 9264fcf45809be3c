// OpenSSL 3 as flat functions: TLS here, digests and ciphers beside it.
#pragma once
#include <features.h>

#include "COpenSSL_tls.h"
