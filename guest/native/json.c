// JSON.stringify for what nearly all of our values are: plain objects, arrays, strings of bytes, numbers, booleans and null. Walks
// QuickJS's own structures and writes into one buffer, where the engine's general function makes several strings a property. Anything
// else (a toJSON, a getter, a proxy, numbers as keys, text beyond Latin-1, a replacer, indentation) is left to that function: the
// result is the same. Included by engine.c, because it needs QuickJS's inside. ECMA-262 25.5.2

struct json {
    char *text;
    uint32_t length, room;
    int depth;
};

// Deeper values, which may be circular, go to the general function.
#define JSON_DEPTH_MAX 64

static int json_room(JSContext *ctx, struct json *j, uint32_t more)
{
    if (j->length + more <= j->room)
        return 1;
    uint32_t room = (j->length + more) * 2;
    char *text = js_realloc(ctx, j->text, room);
    if (!text)
        return 0;
    j->text = text;
    j->room = room;
    return 1;
}

static int json_put(JSContext *ctx, struct json *j, const char *text, uint32_t length)
{
    if (!json_room(ctx, j, length))
        return 0;
    // Tokens are short: musl's memcpy takes longer to start than to copy them.
    for (uint32_t i = 0; i < length; i++)
        j->text[j->length + i] = text[i];
    j->length += length;
    return 1;
}

static inline int json_char(JSContext *ctx, struct json *j, char c)
{
    if (j->length == j->room && !json_room(ctx, j, 1))
        return 0;
    j->text[j->length++] = c;
    return 1;
}

// A quoted string; 0 also if it holds characters that one byte cannot.
static int json_string(JSContext *ctx, struct json *j, JSString *string)
{
    if (string->is_wide_char || !json_room(ctx, j, string->len + 2))
        return 0;
    char *to = j->text + j->length;
    *to++ = '"';
    for (uint32_t i = 0; i < string->len; i++) {
        uint8_t c = string->u.str8[i];
        if (c >= ' ' && c != '"' && c != '\\') {
            *to++ = c;
            continue;
        }
        j->length = to - j->text;
        if (!json_room(ctx, j, string->len - i + 7))
            return 0;
        to = j->text + j->length;
        *to++ = '\\';
        static const char letters[] = "\"\"\\\\\bb\ff\nn\rr\tt";
        const char *letter = letters;
        while (*letter && *letter != c)
            letter += 2;
        if (*letter)
            *to++ = letter[1];
        else
            to += sprintf(to, "u%04x", c);
    }
    *to++ = '"';
    j->length = to - j->text;
    return 1;
}

static int json_int(JSContext *ctx, struct json *j, int32_t value)
{
    char digits[12], *at = digits + sizeof digits;
    uint32_t rest = value < 0 ? -(uint32_t)value : (uint32_t)value;
    do
        *--at = '0' + rest % 10;
    while ((rest /= 10) > 0);
    if (value < 0)
        *--at = '-';
    return json_put(ctx, j, at, digits + sizeof digits - at);
}

static int json_value(JSContext *ctx, struct json *j, JSValueConst value);

static int json_array(JSContext *ctx, struct json *j, JSObject *array)
{
    if (!array->fast_array || array->shape->proto != JS_VALUE_GET_OBJ(ctx->class_proto[JS_CLASS_ARRAY]) || array->shape->prop_count != 1)
        return 0;
    if (!json_char(ctx, j, '['))
        return 0;
    for (uint32_t i = 0; i < array->u.array.count; i++) {
        JSValue item = array->u.array.u.values[i];
        if (i > 0 && !json_char(ctx, j, ','))
            return 0;
        if (JS_IsUndefined(item) ? !json_put(ctx, j, "null", 4) : !json_value(ctx, j, item))
            return 0;
    }
    // Holes at the end: the length says more than there is.
    int32_t length;
    return !JS_ToInt32(ctx, &length, array->prop[0].u.value) && (uint32_t)length == array->u.array.count && json_char(ctx, j, ']');
}

static int json_object(JSContext *ctx, struct json *j, JSObject *object)
{
    JSShape *shape = object->shape;
    if (shape->proto && shape->proto != JS_VALUE_GET_OBJ(ctx->class_proto[JS_CLASS_OBJECT]))
        return 0;
    int first = 1;
    if (!json_char(ctx, j, '{'))
        return 0;
    for (int i = 0; i < shape->prop_count; i++) {
        JSShapeProperty *key = &shape->prop[i];
        if (key->atom == JS_ATOM_NULL || !(key->flags & JS_PROP_ENUMERABLE))
            continue;
        // Numbers come in an order of their own; symbols not at all; what a getter gives may be anything.
        if (__JS_AtomIsTaggedInt(key->atom) || key->atom == JS_ATOM_toJSON || (key->flags & JS_PROP_TMASK) != JS_PROP_NORMAL)
            return 0;
        JSAtomStruct *name = ctx->rt->atom_array[key->atom];
        // An array index above 2^31 is a number too, though its atom is text.
        if (name->atom_type != JS_ATOM_TYPE_STRING || (name->len == 10 && !name->is_wide_char && name->u.str8[0] <= '9'))
            return 0;
        JSValue value = object->prop[i].u.value;
        if (JS_IsUndefined(value))
            continue;
        if ((!first && !json_char(ctx, j, ',')) || !json_string(ctx, j, name) || !json_char(ctx, j, ':') || !json_value(ctx, j, value))
            return 0;
        first = 0;
    }
    return json_char(ctx, j, '}');
}

// 1: written. 0: not one of ours (or no memory): the general function's turn.
static int json_value(JSContext *ctx, struct json *j, JSValueConst value)
{
    switch (JS_VALUE_GET_NORM_TAG(value)) {
    case JS_TAG_INT:
        return json_int(ctx, j, JS_VALUE_GET_INT(value));
    case JS_TAG_BOOL:
        return JS_VALUE_GET_BOOL(value) ? json_put(ctx, j, "true", 4) : json_put(ctx, j, "false", 5);
    case JS_TAG_NULL:
        return json_put(ctx, j, "null", 4);
    case JS_TAG_STRING:
        return json_string(ctx, j, JS_VALUE_GET_STRING(value));
    case JS_TAG_STRING_ROPE:
    case JS_TAG_FLOAT64: {
        JSValue text = JS_ToString(ctx, value);
        if (JS_IsException(text))
            return 0;
        JSString *string = JS_VALUE_GET_STRING(text);
        int isText = JS_VALUE_GET_NORM_TAG(value) == JS_TAG_STRING_ROPE, written;
        if (isText)
            written = json_string(ctx, j, string);
        else if (isfinite(JS_VALUE_GET_FLOAT64(value)))
            written = json_put(ctx, j, (char *)string->u.str8, string->len);
        else
            written = json_put(ctx, j, "null", 4);
        JS_FreeValue(ctx, text);
        return written;
    }
    case JS_TAG_OBJECT: {
        JSObject *object = JS_VALUE_GET_OBJ(value);
        if (++j->depth > JSON_DEPTH_MAX)
            return 0;
        int written = object->class_id == JS_CLASS_ARRAY ? json_array(ctx, j, object) : object->class_id == JS_CLASS_OBJECT && json_object(ctx, j, object);
        j->depth--;
        return written;
    }
    default:
        return 0;
    }
}

static JSValue general_stringify = JS_UNDEFINED;

static JSValue js_stringify(JSContext *ctx, JSValueConst this_val, int argc, JSValueConst *argv)
{
    if (argc == 1) {
        struct json j = { .room = 1024 };
        j.text = js_malloc(ctx, j.room);
        if (j.text && json_value(ctx, &j, argv[0])) {
            JSValue text = js_new_string8_len(ctx, j.text, (int)j.length);
            js_free(ctx, j.text);
            return text;
        }
        js_free(ctx, j.text);
        // What the attempt may have thrown, the general function throws again.
        JS_FreeValue(ctx, JS_GetException(ctx));
    }
    return JS_Call(ctx, general_stringify, this_val, argc, argv);
}

static void dd_add_json_parse(JSContext *ctx, JSValueConst json);

void dd_add_json(JSContext *ctx)
{
    JSValue global = JS_GetGlobalObject(ctx), json = JS_GetPropertyStr(ctx, global, "JSON");
    general_stringify = JS_GetPropertyStr(ctx, json, "stringify");
    JS_SetPropertyStr(ctx, json, "stringify", JS_NewCFunction(ctx, js_stringify, "stringify", 3));
    dd_add_json_parse(ctx, json);
    JS_FreeValue(ctx, json);
    JS_FreeValue(ctx, global);
}
