package main

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// cpu writes the functions that read the features of the processor.
func cpu() {
	TEXT("cpuid", NOSPLIT, "func(leaf, sub uint32) (eax, ebx, ecx, edx uint32)")
	Doc("cpuid returns features of the processor.")
	Load(Param("leaf"), reg.EAX)
	Load(Param("sub"), reg.ECX)
	CPUID()
	Store(reg.EAX, Return("eax"))
	Store(reg.EBX, Return("ebx"))
	Store(reg.ECX, Return("ecx"))
	Store(reg.EDX, Return("edx"))
	RET()

	TEXT("xgetbv", NOSPLIT, "func() (eax, edx uint32)")
	Doc("xgetbv returns XCR0: the registers that the operating system saves.")
	XORL(reg.ECX, reg.ECX)
	XGETBV()
	Store(reg.EAX, Return("eax"))
	Store(reg.EDX, Return("edx"))
	RET()
}

// prefetch writes the function that loads memory into the cache.
func prefetch() {
	TEXT("prefetch", NOSPLIT, "func(x *byte, bytes int)")
	Doc("prefetch starts to load the bytes from x on into the cache.")
	Pragma("noescape")
	x, end := Load(Param("x"), GP64()), Load(Param("bytes"), GP64())
	ADDQ(x, end)
	ANDQ(I32(-64), x) // a line has 64 bytes
	JMP(LabelRef("next"))
	Label("line")
	PREFETCHT0(Mem{Base: x})
	ADDQ(Imm(64), x)
	Label("next")
	CMPQ(x, end)
	JB(LabelRef("line"))
	RET()
}
