// JSON.parse for what nearly all of our texts are: Latin-1, at most 64 values deep. Reads the string where it lies and puts properties
// into objects directly, a third of the work of the engine's general parser. At anything else, and at every mistake, that parser has its
// turn from the start: results and error texts are the same. Included by engine.c. ECMA-262 25.5.1, RFC 8259

struct json_in {
    const uint8_t *at, *end;
    int depth;
};

static inline void json_skip_space(struct json_in *in)
{
    while (in->at < in->end && (*in->at == ' ' || *in->at == '\n' || *in->at == '\r' || *in->at == '\t'))
        in->at++;
}

static inline int json_take(struct json_in *in, char c)
{
    json_skip_space(in);
    if (in->at == in->end || *in->at != c)
        return 0;
    in->at++;
    return 1;
}

// After the opening quote: the length of the text up to the closing one, which is taken too. `escaped`: it holds backslashes.
static int json_scan_string(struct json_in *in, int *escaped)
{
    const uint8_t *start = in->at;
    *escaped = 0;
    for (; in->at < in->end; in->at++) {
        if (*in->at == '"')
            return in->at++ - start;
        if (*in->at < ' ')
            return -1;
        if (*in->at == '\\') {
            *escaped = 1;
            if (++in->at == in->end)
                return -1;
        }
    }
    return -1;
}

static int json_hex(const uint8_t *digits)
{
    int value = 0;
    for (int i = 0; i < 4; i++) {
        uint8_t c = digits[i];
        int digit = c >= '0' && c <= '9' ? c - '0' : (c | 32) >= 'a' && (c | 32) <= 'f' ? (c | 32) - 'a' + 10 : -1;
        if (digit < 0)
            return -1;
        value = value * 16 + digit;
    }
    return value;
}

// What the escapes stand for, into `to`; its length, or -1 for an escape that is wrong or no Latin-1.
static int json_unescape(const uint8_t *from, int length, uint8_t *to)
{
    const uint8_t *end = from + length;
    uint8_t *start = to;
    while (from < end) {
        if (*from != '\\') {
            *to++ = *from++;
            continue;
        }
        from++;
        static const char letters[] = "\"\"\\\\//b\bf\fn\nr\rt\t";
        const char *letter = letters;
        while (*letter && *letter != *from)
            letter += 2;
        if (*letter) {
            *to++ = letter[1];
            from++;
            continue;
        }
        int code = *from == 'u' && end - from > 4 ? json_hex(from + 1) : -1;
        if (code < 0 || code > 255)
            return -1;
        *to++ = code;
        from += 5;
    }
    return to - start;
}

// A string; JS_UNDEFINED if the general parser is needed.
static JSValue json_read_string(JSContext *ctx, struct json_in *in)
{
    const uint8_t *text = in->at;
    int escaped, length = json_scan_string(in, &escaped);
    if (length < 0)
        return JS_UNDEFINED;
    if (!escaped)
        return js_new_string8_len(ctx, (const char *)text, length);
    uint8_t *plain = js_malloc(ctx, length);
    if (!plain)
        return JS_UNDEFINED;
    length = json_unescape(text, length, plain);
    JSValue string = length < 0 ? JS_UNDEFINED : js_new_string8_len(ctx, (const char *)plain, length);
    js_free(ctx, plain);
    return string;
}

static JSValue json_read_number(struct json_in *in)
{
    const uint8_t *start = in->at;
    int negative = *in->at == '-';
    if (negative)
        in->at++;
    const uint8_t *digits = in->at;
    int32_t value = 0;
    while (in->at < in->end && *in->at >= '0' && *in->at <= '9') {
        if (in->at - digits < 9)
            value = value * 10 + (*in->at - '0');
        in->at++;
    }
    int count = in->at - digits;
    if (count == 0 || (count > 1 && *digits == '0'))
        return JS_UNDEFINED;
    int plain = in->at == in->end || (*in->at != '.' && (*in->at | 32) != 'e');
    if (plain && count <= 9 && !(negative && value == 0))
        return JS_NewInt32(NULL, negative ? -value : value);
    // The rest is checked here and its value taken from strtod, which wants a text that ends.
    char copy[64];
    if (in->at < in->end && *in->at == '.') {
        const uint8_t *fraction = ++in->at;
        while (in->at < in->end && *in->at >= '0' && *in->at <= '9')
            in->at++;
        if (in->at == fraction)
            return JS_UNDEFINED;
    }
    if (in->at < in->end && (*in->at | 32) == 'e') {
        if (++in->at < in->end && (*in->at == '+' || *in->at == '-'))
            in->at++;
        const uint8_t *exponent = in->at;
        while (in->at < in->end && *in->at >= '0' && *in->at <= '9')
            in->at++;
        if (in->at == exponent)
            return JS_UNDEFINED;
    }
    size_t length = in->at - start;
    if (length >= sizeof copy)
        return JS_UNDEFINED;
    memcpy(copy, start, length);
    copy[length] = 0;
    return JS_NewFloat64(NULL, strtod(copy, NULL));
}

static JSValue json_read(JSContext *ctx, struct json_in *in);

static int json_read_member(JSContext *ctx, struct json_in *in, JSValueConst object)
{
    if (!json_take(in, '"'))
        return 0;
    const uint8_t *text = in->at;
    int escaped, length = json_scan_string(in, &escaped);
    if (length < 0 || escaped)
        return 0;
    // Atoms are made of UTF-8: other names than ASCII are the general parser's.
    for (int i = 0; i < length; i++)
        if (text[i] >= 128)
            return 0;
    JSAtom name = JS_NewAtomLen(ctx, (const char *)text, length);
    if (name == JS_ATOM_NULL)
        return 0;
    JSValue value = json_take(in, ':') ? json_read(ctx, in) : JS_UNDEFINED;
    int put = !JS_IsUndefined(value);
    if (put) {
        JSObject *p = JS_VALUE_GET_OBJ(object);
        JSProperty *property;
        // The usual case: a name that is no number and not there yet.
        if (!__JS_AtomIsTaggedInt(name) && !find_own_property(&property, p, name)) {
            property = add_property(ctx, p, name, JS_PROP_C_W_E);
            put = property != NULL;
            if (put)
                property->u.value = value;
            else
                JS_FreeValue(ctx, value);
        } else {
            put = JS_DefinePropertyValue(ctx, object, name, value, JS_PROP_C_W_E) >= 0;
        }
    }
    JS_FreeAtom(ctx, name);
    return put;
}

static JSValue json_read_object(JSContext *ctx, struct json_in *in)
{
    JSValue object = JS_NewObject(ctx);
    if (JS_IsException(object))
        return JS_UNDEFINED;
    if (json_take(in, '}'))
        return object;
    do {
        if (!json_read_member(ctx, in, object))
            goto fail;
    } while (json_take(in, ','));
    if (json_take(in, '}'))
        return object;
fail:
    JS_FreeValue(ctx, object);
    return JS_UNDEFINED;
}

static JSValue json_read_array(JSContext *ctx, struct json_in *in)
{
    JSValue array = JS_NewArray(ctx);
    if (JS_IsException(array))
        return JS_UNDEFINED;
    if (json_take(in, ']'))
        return array;
    do {
        JSValue item = json_read(ctx, in);
        if (JS_IsUndefined(item) || add_fast_array_element(ctx, JS_VALUE_GET_OBJ(array), item, JS_PROP_C_W_E) < 0)
            goto fail;
    } while (json_take(in, ','));
    if (json_take(in, ']'))
        return array;
fail:
    JS_FreeValue(ctx, array);
    return JS_UNDEFINED;
}

static int json_word(struct json_in *in, const char *word, int length)
{
    if (in->end - in->at < length || memcmp(in->at, word, length) != 0)
        return 0;
    in->at += length;
    return 1;
}

// A value; JS_UNDEFINED, which no JSON text stands for, if the general parser is needed.
static JSValue json_read(JSContext *ctx, struct json_in *in)
{
    json_skip_space(in);
    if (in->at == in->end)
        return JS_UNDEFINED;
    switch (*in->at) {
    case '"':
        in->at++;
        return json_read_string(ctx, in);
    case '{':
    case '[': {
        if (++in->depth > JSON_DEPTH_MAX)
            return JS_UNDEFINED;
        JSValue value = *in->at++ == '{' ? json_read_object(ctx, in) : json_read_array(ctx, in);
        in->depth--;
        return value;
    }
    case 't':
        return json_word(in, "true", 4) ? JS_TRUE : JS_UNDEFINED;
    case 'f':
        return json_word(in, "false", 5) ? JS_FALSE : JS_UNDEFINED;
    case 'n':
        return json_word(in, "null", 4) ? JS_NULL : JS_UNDEFINED;
    default:
        return json_read_number(in);
    }
}

static JSValue general_parse = JS_UNDEFINED;

static JSValue js_parse(JSContext *ctx, JSValueConst this_val, int argc, JSValueConst *argv)
{
    if (argc == 1 && JS_VALUE_GET_TAG(argv[0]) == JS_TAG_STRING && !JS_VALUE_GET_STRING(argv[0])->is_wide_char) {
        JSString *text = JS_VALUE_GET_STRING(argv[0]);
        struct json_in in = { .at = text->u.str8, .end = text->u.str8 + text->len };
        JSValue value = json_read(ctx, &in);
        json_skip_space(&in);
        if (!JS_IsUndefined(value) && !JS_IsException(value) && in.at == in.end)
            return value;
        JS_FreeValue(ctx, value);
        JS_FreeValue(ctx, JS_GetException(ctx));
    }
    return JS_Call(ctx, general_parse, this_val, argc, argv);
}

static void dd_add_json_parse(JSContext *ctx, JSValueConst json)
{
    general_parse = JS_GetPropertyStr(ctx, json, "parse");
    JS_SetPropertyStr(ctx, json, "parse", JS_NewCFunction(ctx, js_parse, "parse", 2));
}
