package dev.proa.linux.netlink;

import dev.proa.linux.ErrnoException;
import dev.proa.linux.abi.Netlink;
import dev.proa.linux.abi.NfTables;
import java.util.ArrayList;
import java.util.List;

/**
 * Changes to one nftables table of family inet that the kernel makes all at once or not at all (nfnetlink's batch). Built in order, then
 * {@linkplain #commit committed}.
 */
public final class NfTransaction {
  /** What nft(8) calls the type, so that it can print the elements: datatype.h's numbers, six bits each. */
  public enum Type {
    IPV4_ADDRESS(7, 4),
    IPV6_ADDRESS(8, 16),
    PROTOCOL(12, 4),
    PORT(13, 4),
    INTERFACE_NAME(41, 16);

    private final int number;
    private final int bytes;

    Type(int number, int bytes) {
      this.number = number;
      this.bytes = bytes;
    }

    static int number(List<Type> types) {
      return types.stream().mapToInt(type -> type.number).reduce(0, (left, right) -> left << 6 | right);
    }

    static int bytes(List<Type> types) {
      return types.stream().mapToInt(type -> type.bytes).sum();
    }
  }

  private final String table;
  private final List<NetlinkMessage> messages = new ArrayList<>();
  private int sets;
  private int rules;

  public NfTransaction(String table) {
    this.table = table;
    messages.add(batch("batch begin", Netlink.NFNL_MSG_BATCH_BEGIN));
  }

  private static NetlinkMessage batch(String name, int type) {
    return new NetlinkMessage(name, type, 0).u8(0).u8(Netlink.NFNETLINK_V0).u16be(Netlink.NFNL_SUBSYS_NFTABLES);
  }

  private NetlinkMessage message(String name, int type, int flags) {
    NetlinkMessage message = frame(name + " of nftables table " + table, type, flags);
    messages.add(message);
    return message;
  }

  private static NetlinkMessage frame(String name, int type, int flags) {
    return new NetlinkMessage(name, Netlink.NFNL_SUBSYS_NFTABLES << 8 | type, flags)
        .u8(NfTables.NFPROTO_INET)
        .u8(Netlink.NFNETLINK_V0)
        .u16be(0);
  }

  /** A question to nftables, outside of any transaction, about family inet. @param type NFT_MSG_GET* */
  public static NetlinkMessage request(String name, int type) {
    return frame(name, type, 0);
  }

  /** How many rules it adds. */
  public int rules() {
    return rules;
  }

  public boolean isEmpty() {
    return messages.size() == 1;
  }

  /** No error when it is there. */
  public NfTransaction addTable() {
    message("NFT_MSG_NEWTABLE", NfTables.NFT_MSG_NEWTABLE, Netlink.NLM_F_CREATE).attribute(NfTables.NFTA_TABLE_NAME, table);
    return this;
  }

  /**
   * EEXIST when it is there. Better than to add, delete and add again where none is expected: what a transaction deletes is destroyed some
   * milliseconds later, and closing the socket waits for that.
   */
  public NfTransaction newTable() {
    message("NFT_MSG_NEWTABLE", NfTables.NFT_MSG_NEWTABLE, Netlink.NLM_F_CREATE | Netlink.NLM_F_EXCL).attribute(NfTables.NFTA_TABLE_NAME, table);
    return this;
  }

  /** With all that is in it. */
  public NfTransaction deleteTable() {
    message("NFT_MSG_DELTABLE", NfTables.NFT_MSG_DELTABLE, 0).attribute(NfTables.NFTA_TABLE_NAME, table);
    return this;
  }

  /**
   * A base chain, with policy accept.
   *
   * @param type filter or nat
   * @param hook NF_INET_*
   */
  public NfTransaction addChain(String name, String type, int hook, int priority) {
    message("NFT_MSG_NEWCHAIN " + name, NfTables.NFT_MSG_NEWCHAIN, Netlink.NLM_F_CREATE)
        .attribute(NfTables.NFTA_CHAIN_TABLE, table)
        .attribute(NfTables.NFTA_CHAIN_NAME, name)
        .nested(
            NfTables.NFTA_CHAIN_HOOK,
            data -> data.attribute32be(NfTables.NFTA_HOOK_HOOKNUM, hook).attribute32be(NfTables.NFTA_HOOK_PRIORITY, priority))
        .attribute32be(NfTables.NFTA_CHAIN_POLICY, NfTables.NF_ACCEPT)
        .attribute(NfTables.NFTA_CHAIN_TYPE, type);
    return this;
  }

  /** At the end of the chain. */
  public NfTransaction addRule(String chain, NfRule rule) {
    NetlinkMessage message =
        message("NFT_MSG_NEWRULE in " + chain, NfTables.NFT_MSG_NEWRULE, Netlink.NLM_F_CREATE | Netlink.NLM_F_APPEND)
            .attribute(NfTables.NFTA_RULE_TABLE, table)
            .attribute(NfTables.NFTA_RULE_CHAIN, chain);
    rule.write(message);
    rules++;
    return this;
  }

  public NfTransaction addSet(String name, List<Type> key) {
    set(name, key, 0);
    return this;
  }

  public NfTransaction addMap(String name, List<Type> key, List<Type> value) {
    set(name, key, NfTables.NFT_SET_MAP)
        .attribute32be(NfTables.NFTA_SET_DATA_TYPE, Type.number(value))
        .attribute32be(NfTables.NFTA_SET_DATA_LEN, Type.bytes(value));
    return this;
  }

  private NetlinkMessage set(String name, List<Type> key, int flags) {
    return message("NFT_MSG_NEWSET " + name, NfTables.NFT_MSG_NEWSET, Netlink.NLM_F_CREATE)
        .attribute(NfTables.NFTA_SET_TABLE, table)
        .attribute(NfTables.NFTA_SET_NAME, name)
        .attribute32be(NfTables.NFTA_SET_FLAGS, flags)
        .attribute32be(NfTables.NFTA_SET_KEY_TYPE, Type.number(key))
        .attribute32be(NfTables.NFTA_SET_KEY_LEN, Type.bytes(key))
        .attribute32be(NfTables.NFTA_SET_ID, ++sets);
  }

  /** The same element again is no error. */
  public NfTransaction addElement(String set, byte[] key) {
    element("NFT_MSG_NEWSETELEM", NfTables.NFT_MSG_NEWSETELEM, Netlink.NLM_F_CREATE, set, key, null);
    return this;
  }

  /** @param value EBUSY or EEXIST if the key is there with another */
  public NfTransaction addElement(String map, byte[] key, byte[] value) {
    element("NFT_MSG_NEWSETELEM", NfTables.NFT_MSG_NEWSETELEM, Netlink.NLM_F_CREATE, map, key, value);
    return this;
  }

  /** ENOENT without it. */
  public NfTransaction deleteElement(String set, byte[] key) {
    element("NFT_MSG_DELSETELEM", NfTables.NFT_MSG_DELSETELEM, 0, set, key, null);
    return this;
  }

  private void element(String name, int type, int flags, String set, byte[] key, byte @org.jspecify.annotations.Nullable [] value) {
    message(name + " in " + set, type, flags)
        .attribute(NfTables.NFTA_SET_ELEM_LIST_TABLE, table)
        .attribute(NfTables.NFTA_SET_ELEM_LIST_SET, set)
        .nested(
            NfTables.NFTA_SET_ELEM_LIST_ELEMENTS,
            list ->
                list.nested(
                    NfTables.NFTA_LIST_ELEM,
                    element -> {
                      element.nested(NfTables.NFTA_SET_ELEM_KEY, data -> data.attribute(NfTables.NFTA_DATA_VALUE, key));
                      if (value != null) {
                        element.nested(NfTables.NFTA_SET_ELEM_DATA, data -> data.attribute(NfTables.NFTA_DATA_VALUE, value));
                      }
                    }));
  }

  /** All of it or nothing. The socket is one of NETLINK_NETFILTER. */
  public void commit(NetlinkSocket socket) throws ErrnoException {
    if (isEmpty()) {
      return;
    }
    messages.add(batch("batch end", Netlink.NFNL_MSG_BATCH_END));
    socket.transact(messages, 1);
  }
}
