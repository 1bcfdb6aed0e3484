/* A PKCS#11 module that passes every call on to another one, and misbehaves as it is told.
 *
 * Real tokens lock, hang, fail and have ways of their own; software tokens do none of it.
 * FAULTY_REAL names the module behind it. FAULTY_ORDERS names a file that is read at every
 * call, with one order a line, `name value`; FAULTY_LOG one where each login is noted.
 */
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

typedef unsigned long number;
typedef unsigned char byte;
typedef struct { byte major, minor; void *call[68]; } function_list;
typedef struct { number type; void *parameter; number length; } mechanism;
typedef struct { byte *iv; number iv_length, iv_bits; byte *aad; number aad_length, tag_bits; } gcm;
typedef struct { number type; void *value; number length; } attribute;

/* Places in the list of functions, as the standard numbers them. */
enum { GET_FUNCTION_LIST = 3, GET_TOKEN_INFO = 6, GET_MECHANISM_INFO = 8, OPEN_SESSION = 12,
       CLOSE_ALL_SESSIONS = 14, LOGIN = 18, FIND_OBJECTS_INIT = 26,
       GET_ATTRIBUTE_VALUE = 24, ENCRYPT_INIT = 29, ENCRYPT = 30, DECRYPT_INIT = 33,
       DECRYPT = 34, SIGN_INIT = 42, SIGN = 43,
       GENERATE_KEY = 58 };
enum { OK = 0, ARGUMENTS_BAD = 7, MECHANISM_INVALID = 0x70, AES_GCM = 0x1087, EC_POINT = 0x181 };

static function_list *real, mine;
static byte last_plain[64];
static number last_plain_length;
static number last_slot, times_closed;

static number order(const char *name) {
    char word[64];
    number value, found = 0;
    const char *path = getenv("FAULTY_ORDERS");
    FILE *orders = path ? fopen(path, "r") : NULL;
    if (!orders) return 0;
    while (fscanf(orders, "%63s %li", word, (long *)&value) == 2)
        if (!strcmp(word, name)) found = value;
    fclose(orders);
    return found;
}

static void note(const char *what) {
    const char *path = getenv("FAULTY_LOG");
    FILE *log = path ? fopen(path, "a") : NULL;
    if (!log) return;
    fprintf(log, "%s\n", what);
    fclose(log);
}

static number token_info(number slot, byte *info) {
    number answer = ((number (*)(number, byte *))real->call[GET_TOKEN_INFO])(slot, info);
    /* The flags stand behind label, maker, model and serial number. */
    *(number *)(info + 32 + 32 + 16 + 16) |= order("token-flags");
    return answer;
}

static number mechanism_info(number slot, number type, void *info) {
    if (order("no-mechanism") == type) return MECHANISM_INVALID;
    return ((number (*)(number, number, void *))real->call[GET_MECHANISM_INFO])(slot, type, info);
}

static number login(number session, number user, byte *pin, number length) {
    number answer = order("login");
    note("login");
    if (answer) return answer;
    return ((number (*)(number, number, byte *, number))real->call[LOGIN])(session, user, pin, length);
}

static number open_session(number slot, number flags, void *application, void *notify, number *session) {
    last_slot = slot;
    return ((number (*)(number, number, void *, void *, number *))real->call[OPEN_SESSION])(
        slot, flags, application, notify, session);
}

/* The order's value is how often that shall have happened. */
static void close_sessions(void) {
    if (times_closed >= order("close-sessions")) return;
    times_closed++;
    ((number (*)(number))real->call[CLOSE_ALL_SESSIONS])(last_slot);
}

static number find_objects_init(number session, void *template, number count) {
    close_sessions();
    return ((number (*)(number, void *, number))real->call[FIND_OBJECTS_INIT])(session, template, count);
}

static number sign_init(number session, mechanism *how, number key) {
    close_sessions();
    return ((number (*)(number, mechanism *, number))real->call[SIGN_INIT])(session, how, key);
}

static number attribute_value(number session, number object, attribute *list, number count) {
    number (*call)(number, number, attribute *, number) =
        (number (*)(number, number, attribute *, number))real->call[GET_ATTRIBUTE_VALUE];
    if (count == 1 && list->type == EC_POINT && order("bare-point")) {
        byte whole[64];
        attribute point = { EC_POINT, whole, sizeof whole };
        number answer = call(session, object, &point, 1);
        if (answer != OK) return answer;
        list->length = point.length - 2;
        if (list->value) memcpy(list->value, whole + 2, list->length);
        return OK;
    }
    return call(session, object, list, count);
}

static number encrypt_init(number session, mechanism *how, number key) {
    close_sessions();
    if (order("no-mechanism") == how->type) return MECHANISM_INVALID;
    if (how->type == AES_GCM && order("own-iv")) {
        gcm *parameters = how->parameter;
        for (number at = 0; at < parameters->iv_length; at++)
            if (parameters->iv[at]) return ARGUMENTS_BAD;
        if (order("own-iv") == 1) {
            FILE *random = fopen("/dev/urandom", "r");
            if (!random || fread(parameters->iv, 1, parameters->iv_length, random) == 0) abort();
            fclose(random);
        }
    }
    return ((number (*)(number, mechanism *, number))real->call[ENCRYPT_INIT])(session, how, key);
}

static number encrypt(number session, byte *in, number in_length, byte *out, number *out_length) {
    if (order("hang-ms")) usleep(1000 * order("hang-ms"));
    number answer = ((number (*)(number, byte *, number, byte *, number *))real->call[ENCRYPT])(
        session, in, in_length, out, out_length);
    return out && order("encrypt") ? order("encrypt") : answer;
}

static number decrypt_init(number session, mechanism *how, number key) {
    close_sessions();
    if (order("no-mechanism") == how->type) return MECHANISM_INVALID;
    return ((number (*)(number, mechanism *, number))real->call[DECRYPT_INIT])(session, how, key);
}

static number decrypt(number session, byte *in, number in_length, byte *out, number *out_length) {
    number answer = ((number (*)(number, byte *, number, byte *, number *))real->call[DECRYPT])(
        session, in, in_length, out, out_length);
    if (!out) return answer;
    if (order("lenient")) {
        if (answer != OK) {
            memcpy(out, last_plain, *out_length = last_plain_length);
            return OK;
        }
        memcpy(last_plain, out, last_plain_length = *out_length);
    }
    /* Only what is damaged gets the general answer, as on many tokens. */
    if (answer != OK && order("damaged")) return order("damaged");
    return order("decrypt") ? order("decrypt") : answer;
}

static number sign(number session, byte *in, number in_length, byte *out, number *out_length) {
    number answer = ((number (*)(number, byte *, number, byte *, number *))real->call[SIGN])(
        session, in, in_length, out, out_length);
    if (answer == OK && out && order("flip-signature")) out[*out_length - 1] ^= 1;
    return answer;
}

static number generate_key(number session, mechanism *how, void *template, number count, number *key) {
    if (order("generate")) return order("generate");
    return ((number (*)(number, mechanism *, void *, number, number *))real->call[GENERATE_KEY])(
        session, how, template, count, key);
}

__attribute__((visibility("default"))) number C_GetFunctionList(function_list **list) {
    if (!real) {
        void *library = dlopen(getenv("FAULTY_REAL"), RTLD_NOW | RTLD_LOCAL);
        number (*found)(function_list **);
        if (!library) return ARGUMENTS_BAD;
        *(void **)&found = dlsym(library, "C_GetFunctionList");
        number answer = found(&real);
        if (answer != OK) return answer;
        mine = *real;
        mine.call[GET_FUNCTION_LIST] = (void *)C_GetFunctionList;
        mine.call[GET_TOKEN_INFO] = (void *)token_info;
        mine.call[GET_MECHANISM_INFO] = (void *)mechanism_info;
        mine.call[OPEN_SESSION] = (void *)open_session;
        mine.call[FIND_OBJECTS_INIT] = (void *)find_objects_init;
        mine.call[SIGN_INIT] = (void *)sign_init;
        mine.call[LOGIN] = (void *)login;
        mine.call[GET_ATTRIBUTE_VALUE] = (void *)attribute_value;
        mine.call[ENCRYPT_INIT] = (void *)encrypt_init;
        mine.call[ENCRYPT] = (void *)encrypt;
        mine.call[DECRYPT_INIT] = (void *)decrypt_init;
        mine.call[DECRYPT] = (void *)decrypt;
        mine.call[GENERATE_KEY] = (void *)generate_key;
        mine.call[SIGN] = (void *)sign;
    }
    *list = &mine;
    return OK;
}
