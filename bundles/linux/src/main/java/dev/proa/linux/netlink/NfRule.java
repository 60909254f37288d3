package dev.proa.linux.netlink;

import dev.proa.linux.abi.NfTables;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/**
 * The expressions of one nftables rule, in the order in which the kernel's machine runs them; each method says what nft(8) would call it. A
 * register is one of the 16 of 4 bytes (NFT_REG32_*): longer values take several in a row.
 */
public final class NfRule {
  private record Expression(String name, Consumer<NetlinkMessage> data) {}

  private final List<Expression> expressions = new ArrayList<>();

  private NfRule add(String name, Consumer<NetlinkMessage> data) {
    expressions.add(new Expression(name, data));
    return this;
  }

  void write(NetlinkMessage rule) {
    rule.nested(
        NfTables.NFTA_RULE_EXPRESSIONS,
        list ->
            expressions.forEach(
                expression ->
                    list.nested(
                        NfTables.NFTA_LIST_ELEM,
                        element -> {
                          element.attribute(NfTables.NFTA_EXPR_NAME, expression.name());
                          element.nested(NfTables.NFTA_EXPR_DATA, expression.data());
                        })));
  }

  /** @param key NFT_META_* */
  public NfRule meta(int key, int register) {
    return add(
        "meta", data -> data.attribute32be(NfTables.NFTA_META_KEY, key).attribute32be(NfTables.NFTA_META_DREG, register));
  }

  /** @param base NFT_PAYLOAD_NETWORK_HEADER or _TRANSPORT_HEADER */
  public NfRule payload(int base, int offset, int length, int register) {
    return add(
        "payload",
        data ->
            data.attribute32be(NfTables.NFTA_PAYLOAD_DREG, register)
                .attribute32be(NfTables.NFTA_PAYLOAD_BASE, base)
                .attribute32be(NfTables.NFTA_PAYLOAD_OFFSET, offset)
                .attribute32be(NfTables.NFTA_PAYLOAD_LEN, length));
  }

  public NfRule equal(int register, byte[] value) {
    return compare(NfTables.NFT_CMP_EQ, register, value);
  }

  public NfRule unequal(int register, byte[] value) {
    return compare(NfTables.NFT_CMP_NEQ, register, value);
  }

  private NfRule compare(int operation, int register, byte[] value) {
    return add(
        "cmp",
        data ->
            data.attribute32be(NfTables.NFTA_CMP_SREG, register)
                .attribute32be(NfTables.NFTA_CMP_OP, operation)
                .nested(NfTables.NFTA_CMP_DATA, d -> d.attribute(NfTables.NFTA_DATA_VALUE, value)));
  }

  /** {@code register &= mask}. */
  public NfRule mask(int register, byte[] mask) {
    return add(
        "bitwise",
        data ->
            data.attribute32be(NfTables.NFTA_BITWISE_SREG, register)
                .attribute32be(NfTables.NFTA_BITWISE_DREG, register)
                .attribute32be(NfTables.NFTA_BITWISE_LEN, mask.length)
                .nested(NfTables.NFTA_BITWISE_MASK, d -> d.attribute(NfTables.NFTA_DATA_VALUE, mask))
                .nested(NfTables.NFTA_BITWISE_XOR, d -> d.attribute(NfTables.NFTA_DATA_VALUE, new byte[mask.length])));
  }

  public NfRule immediate(int register, byte[] value) {
    return add(
        "immediate",
        data ->
            data.attribute32be(NfTables.NFTA_IMMEDIATE_DREG, register)
                .nested(NfTables.NFTA_IMMEDIATE_DATA, d -> d.attribute(NfTables.NFTA_DATA_VALUE, value)));
  }

  /** {@code @set}: goes on when the set has it. */
  public NfRule in(String set, int register) {
    return add(
        "lookup", data -> data.attribute(NfTables.NFTA_LOOKUP_SET, set).attribute32be(NfTables.NFTA_LOOKUP_SREG, register));
  }

  /** {@code != @set}. */
  public NfRule notIn(String set, int register) {
    return add(
        "lookup",
        data ->
            data.attribute(NfTables.NFTA_LOOKUP_SET, set)
                .attribute32be(NfTables.NFTA_LOOKUP_SREG, register)
                .attribute32be(NfTables.NFTA_LOOKUP_FLAGS, NfTables.NFT_LOOKUP_F_INV));
  }

  /** {@code map @map}: goes on when the map has it, with its value. */
  public NfRule map(String map, int key, int value) {
    return add(
        "lookup",
        data ->
            data.attribute(NfTables.NFTA_LOOKUP_SET, map)
                .attribute32be(NfTables.NFTA_LOOKUP_SREG, key)
                .attribute32be(NfTables.NFTA_LOOKUP_DREG, value));
  }

  /** @param key NFT_CT_STATE or NFT_CT_STATUS; goes on when any of the bits is set */
  public NfRule connection(int key, int bits) {
    int register = NfTables.NFT_REG32_00;
    byte[] mask = number(bits);
    return add("ct", data -> data.attribute32be(NfTables.NFTA_CT_KEY, key).attribute32be(NfTables.NFTA_CT_DREG, register))
        .mask(register, mask)
        .unequal(register, new byte[4]);
  }

  /** {@code fib daddr type local}: the destination is an address of this host. */
  public NfRule toThisHost() {
    int register = NfTables.NFT_REG32_00;
    int local = dev.proa.linux.abi.RtNetlink.RTN_LOCAL;
    return add(
            "fib",
            data ->
                data.attribute32be(NfTables.NFTA_FIB_RESULT, NfTables.NFT_FIB_RESULT_ADDRTYPE)
                    .attribute32be(NfTables.NFTA_FIB_FLAGS, NfTables.NFTA_FIB_F_DADDR)
                    .attribute32be(NfTables.NFTA_FIB_DREG, register))
        .equal(register, number(local));
  }

  /** {@code snat to}; @param family NFPROTO_IPV4 or NFPROTO_IPV6 */
  public NfRule snat(int family, int addressRegister) {
    return add(
        "nat",
        data ->
            data.attribute32be(NfTables.NFTA_NAT_TYPE, NfTables.NFT_NAT_SNAT)
                .attribute32be(NfTables.NFTA_NAT_FAMILY, family)
                .attribute32be(NfTables.NFTA_NAT_REG_ADDR_MIN, addressRegister));
  }

  /** {@code dnat to}; @param family NFPROTO_IPV4 or NFPROTO_IPV6 */
  public NfRule dnat(int family, int addressRegister, int portRegister) {
    return add(
        "nat",
        data ->
            data.attribute32be(NfTables.NFTA_NAT_TYPE, NfTables.NFT_NAT_DNAT)
                .attribute32be(NfTables.NFTA_NAT_FAMILY, family)
                .attribute32be(NfTables.NFTA_NAT_REG_ADDR_MIN, addressRegister)
                .attribute32be(NfTables.NFTA_NAT_REG_PROTO_MIN, portRegister));
  }

  public NfRule masquerade() {
    return add("masq", data -> {});
  }

  public NfRule accept() {
    return verdict(NfTables.NF_ACCEPT);
  }

  public NfRule drop() {
    return verdict(NfTables.NF_DROP);
  }

  private NfRule verdict(int code) {
    return add(
        "immediate",
        data ->
            data.attribute32be(NfTables.NFTA_IMMEDIATE_DREG, NfTables.NFT_REG_VERDICT)
                .nested(
                    NfTables.NFTA_IMMEDIATE_DATA,
                    d -> d.nested(NfTables.NFTA_DATA_VERDICT, v -> v.attribute32be(NfTables.NFTA_VERDICT_CODE, code))));
  }

  /** A number as the kernel's machine has it in a register: of the host's order. */
  public static byte[] number(int value) {
    return ByteBuffer.allocate(4).order(ByteOrder.nativeOrder()).putInt(value).array();
  }
}
