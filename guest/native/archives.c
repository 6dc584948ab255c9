#include "engine.h"
void dd_add_archives(JSContext *ctx, JSValueConst native) {}
