package dev.proa.cli;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/** {@code completion}: the script that a shell reads; what it asks for at each Tab is answered by {@link Complete}. */
final class CompletionVerb extends Verb {
  private static final String BASH =
      """
      # bash completion of proa: source <(proa completion bash)
      _proa() {
        local IFS=$'\\n' line=$COMP_LINE words cword cur
        if declare -F _get_comp_words_by_ref >/dev/null; then
          _get_comp_words_by_ref -n =: -c cur -w words -i cword
        else
          words=("${COMP_WORDS[@]}") cword=$COMP_CWORD cur=${COMP_WORDS[COMP_CWORD]}
        fi
        COMPREPLY=()
        local reply
        while IFS= read -r reply; do
          COMPREPLY+=("${reply%%$'\\t'*}")
        done < <("${words[0]}" __complete "${words[@]:1:cword}" 2>/dev/null)
        declare -F __ltrim_colon_completions >/dev/null && __ltrim_colon_completions "$cur"
        [[ ${#COMPREPLY[@]} -ne 1 || ${COMPREPLY[0]} != *= ]] || compopt -o nospace
      }
      complete -o default -o nosort -F _proa proa
      """;

  private static final String ZSH =
      """
      #compdef proa
      # zsh completion of proa: source <(proa completion zsh), or this file as _proa in a folder of $fpath
      _proa() {
        local -a replies described
        local reply
        replies=("${(@f)$("${words[1]}" __complete "${(@)words[2,CURRENT]}" 2>/dev/null)}")
        for reply in $replies; do
          [[ -n $reply ]] || continue
          if [[ $reply == *$'\\t'* ]]; then
            described+=("${${reply%%$'\\t'*}//:/\\\\:}:${reply#*$'\\t'}")
          else
            described+=("${reply//:/\\\\:}")
          fi
        done
        if (( ${#described} )); then
          _describe 'proa' described
        else
          _files
        fi
      }
      if [[ ${funcstack[1]-} == _proa ]]; then _proa "$@"; else compdef _proa proa; fi
      """;

  private static final String FISH =
      """
      # fish completion of proa: proa completion fish | source
      function __proa_complete
        set -l words (commandline -opc)
        set -l current (commandline -ct)
        $words[1] __complete $words[2..-1] -- $current 2>/dev/null
      end
      complete -c proa -f -n 'test -n "$(__proa_complete)"' -a '(__proa_complete)'
      """;

  CompletionVerb() {
    super("completion bash|zsh|fish", "Print the script by which a shell completes what is typed", 1, 1);
  }

  @Override
  protected String examples() {
    return "source <(proa completion bash)\nproa completion zsh > ~/.zfunc/_proa\nproa completion fish > ~/.config/fish/completions/proa.fish";
  }

  @Override
  protected int run(Invocation call) {
    call.out()
        .print(
            switch (call.argument(0)) {
              case "bash" -> BASH;
              case "zsh" -> ZSH;
              case "fish" -> FISH;
              default -> throw new CliException(1, "no completion for " + call.argument(0) + ": bash, zsh and fish are known");
            });
    return 0;
  }

  /** {@code __complete WORD...}: what the last word, which may be empty, can become; a line each, with a tab before its explanation. */
  static final class Complete extends Verb {
    Complete() {
      super("__complete [WORD...]", "What a shell asks at each Tab", 0, -1);
    }

    @Override
    protected void flags(Flags flags) {
      flags.unparsed();
    }

    @Override
    protected int run(Invocation call) throws IOException {
      List<String> words = new ArrayList<>(call.arguments());
      // fish gives the word at the cursor apart, as it may be empty
      if (words.size() > 1 && words.get(words.size() - 2).equals("--")) {
        words.remove(words.size() - 2);
      } else if (!words.isEmpty() && words.getLast().equals("--") && words.size() > 1) {
        words.set(words.size() - 1, "");
      }
      if (words.isEmpty()) {
        words.add("");
      }
      new Completions(call).of(words).forEach(call.out()::println);
      return 0;
    }
  }
}
