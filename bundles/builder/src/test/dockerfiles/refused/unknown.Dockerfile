# unknown instruction: INSTALL
FROM a
INSTALL x
