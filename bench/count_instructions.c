/* A plugin for qemu-user (-plugin) that counts the instructions a program executes, on any target.
 *
 *   gcc -O2 -shared -fPIC count_instructions.c -o count.so
 *   qemu-riscv64 -plugin ./count.so,out=FILE program
 *
 * QEMU's plugin interface, version 1 (docs/devel/tcg-plugins): the functions that are used are declared here, since
 * distributions do not ship the header. A block of code adds its number of instructions when it is entered.
 */
#include <stdint.h>
#include <stdio.h>
#include <string.h>

typedef uint64_t plugin_id;
struct tb;
void qemu_plugin_register_vcpu_tb_trans_cb(plugin_id id, void (*translated)(plugin_id, struct tb *));
size_t qemu_plugin_tb_n_insns(const struct tb *block);
void qemu_plugin_register_vcpu_tb_exec_inline(struct tb *block, int add_u64, void *counter, uint64_t amount);
void qemu_plugin_register_atexit_cb(plugin_id id, void (*done)(plugin_id, void *), void *data);

int qemu_plugin_version = 1;
static uint64_t executed;
static char path[4096];

static void translated(plugin_id id, struct tb *block)
{
    (void)id;
    qemu_plugin_register_vcpu_tb_exec_inline(block, 0, &executed, qemu_plugin_tb_n_insns(block));
}

static void done(plugin_id id, void *data)
{
    FILE *out = fopen(path, "w");
    (void)id, (void)data;
    if (out) {
        fprintf(out, "%llu\n", (unsigned long long)executed);
        fclose(out);
    }
}

int qemu_plugin_install(plugin_id id, const void *info, int count, char **arguments)
{
    (void)info;
    for (int i = 0; i < count; i++)
        if (!strncmp(arguments[i], "out=", 4))
            snprintf(path, sizeof path, "%s", arguments[i] + 4);
    qemu_plugin_register_vcpu_tb_trans_cb(id, translated);
    qemu_plugin_register_atexit_cb(id, done, 0);
    return 0;
}
