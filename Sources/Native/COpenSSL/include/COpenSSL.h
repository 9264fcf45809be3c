// The umbrella over what we call of OpenSSL: digests, MACs and ciphers, and TLS.
#pragma once
#include <features.h>
#include "COpenSSL_digests.h"
#if __has_include("COpenSSL_tls.h")
#include "COpenSSL_tls.h"
#endif
