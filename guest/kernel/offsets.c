/*
 * Where the kernel we just built keeps the fields that our kprobe events read. build.sh compiles this to assembler
 * inside the kernel tree (never linked) and picks out the "->" lines, as the kernel does for its own asm-offsets.
 * The two .c files are included because they alone know their structs.
 */
#include "../net/core/dev.c"
#include "../drivers/net/veth.c"
#include "../fs/mount.h"
#include "../fs/overlayfs/ovl_entry.h"
#include <linux/binfmts.h>
#include <linux/cgroup.h>
#include <linux/cred.h>
#include <linux/if_bridge.h>
#include <linux/inetdevice.h>
#include <linux/ipc_namespace.h>
#include <linux/kernfs.h>
#include <linux/nsproxy.h>
#include <linux/pid_namespace.h>
#include <linux/sched/signal.h>
#include <linux/sched/task.h>
#include <linux/time_namespace.h>
#include <linux/user_namespace.h>
#include <linux/utsname.h>
#include <linux/netfilter/x_tables.h>
#include <net/dst.h>
#include <net/if_inet6.h>

#define OFFSET(type, member) \
	asm volatile("\n.ascii \"->" #type "." #member " %c0\"" : : "i" (offsetof(struct type, member)))

void drydock_offsets(void);
void drydock_offsets(void)
{
	OFFSET(task_struct, pid);
	OFFSET(task_struct, tgid);
	OFFSET(task_struct, comm);
	OFFSET(task_struct, real_parent);
	OFFSET(task_struct, nsproxy);
	OFFSET(task_struct, cred);
	OFFSET(task_struct, thread_pid);
	OFFSET(task_struct, cgroups);
	OFFSET(task_struct, signal);
	OFFSET(task_struct, exit_code);
	OFFSET(task_struct, mm);
	OFFSET(signal_struct, live);
	OFFSET(signal_struct, flags);
	OFFSET(signal_struct, group_exit_code);
	OFFSET(mm_struct, arg_start);
	OFFSET(mm_struct, arg_end);
	OFFSET(linux_binprm, filename);
	OFFSET(linux_binprm, argc);
	OFFSET(kernel_clone_args, flags);

	OFFSET(pid, level);
	OFFSET(pid, numbers);
	OFFSET(pid, numbers[1]);
	OFFSET(pid, numbers[2]);
	OFFSET(pid, numbers[3]);
	OFFSET(upid, nr);
	OFFSET(cred, user_ns);
	OFFSET(nsproxy, uts_ns);
	OFFSET(nsproxy, ipc_ns);
	OFFSET(nsproxy, mnt_ns);
	OFFSET(nsproxy, pid_ns_for_children);
	OFFSET(nsproxy, net_ns);
	OFFSET(nsproxy, time_ns);
	OFFSET(nsproxy, cgroup_ns);
	OFFSET(uts_namespace, ns.inum);
	OFFSET(uts_namespace, name.nodename);
	OFFSET(ipc_namespace, ns.inum);
	OFFSET(mnt_namespace, ns.inum);
	OFFSET(pid_namespace, ns.inum);
	OFFSET(net, ns.inum);
	OFFSET(time_namespace, ns.inum);
	OFFSET(cgroup_namespace, ns.inum);
	OFFSET(user_namespace, ns.inum);

	OFFSET(css_set, dfl_cgrp);
	OFFSET(cgroup, kn);
	OFFSET(kernfs_node, id);
	OFFSET(kernfs_node, name);
	OFFSET(kernfs_node, parent);
	OFFSET(kernfs_open_file, kn);

	OFFSET(path, dentry);
	OFFSET(file, f_path.dentry);
	OFFSET(file, f_flags);
	OFFSET(dentry, d_name.name);
	OFFSET(dentry, d_parent);
	OFFSET(dentry, d_sb);
	OFFSET(dentry, d_inode);
	OFFSET(super_block, s_dev);
	OFFSET(ovl_inode, vfs_inode);
	OFFSET(ovl_inode, oe);
	OFFSET(ovl_entry, __numlower);

	OFFSET(net_device, name);
	OFFSET(net_device, ifindex);
	OFFSET(net_device, nd_net.net);
	OFFSET(net_device, flags);
	OFFSET(net_device, mtu);
	OFFSET(net_device, type);
	OFFSET(net_device, dev_addr);
	OFFSET(net_device, adj_list.upper);
	OFFSET(net_device, rtnl_link_ops);
	OFFSET(net_device, hard_header_len);
	OFFSET(net_device, priv);
	OFFSET(netdev_adjacent, dev);
	OFFSET(netdev_adjacent, master);
	OFFSET(netdev_adjacent, list);
	OFFSET(rtnl_link_ops, kind);
	OFFSET(veth_priv, peer);
	OFFSET(sk_buff, dev);
	OFFSET(sk_buff, data);
	OFFSET(sk_buff, head);
	OFFSET(sk_buff, len);
	OFFSET(sk_buff, protocol);
	OFFSET(sk_buff, _skb_refdst);
	OFFSET(dst_entry, dev);
	OFFSET(in_ifaddr, ifa_dev);
	OFFSET(in_ifaddr, ifa_local);
	OFFSET(in_ifaddr, ifa_prefixlen);
	OFFSET(in_device, dev);
	OFFSET(inet6_ifaddr, addr);
	OFFSET(inet6_ifaddr, prefix_len);
	OFFSET(inet6_ifaddr, idev);
	OFFSET(inet6_dev, dev);
	OFFSET(xt_table, name);
	OFFSET(xt_table, af);
	/* The task that runs: one processor, so the per-CPU variable has one fixed address. */
	OFFSET(pcpu_hot, current_task);
}
