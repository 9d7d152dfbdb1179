; Work for the interpreter: closures, continuations, lists, strings, vectors, errors, garbage. (In
; Debian's version string-ref and vector-ref refuse every index.)
; Moduli are small: its modulo multiplies two remainders, in a long, which has 32 bits on some machines.
; *args* holds the number of rounds, where it is given.
(define rounds (if (pair? *args*) (string->number (car *args*)) 5))
(define digest 17)
(define (mix! n) (set! digest (modulo (+ (* digest 31) n) 40009)))

(define (make-stream seed)
  (let ((state seed))
    (lambda (limit)
      (set! state (modulo (+ (* state 106) 1283) 6075))
      (modulo state limit))))

(define (make-counter)
  (let ((n 0))
    (lambda args
      (set! n (+ n (if (null? args) 1 (car args))))
      n)))

(define (iota n)
  (let loop ((i (- n 1)) (out '()))
    (if (< i 0) out (loop (- i 1) (cons i out)))))

(define (filter keep? list)
  (cond ((null? list) '())
        ((keep? (car list)) (cons (car list) (filter keep? (cdr list))))
        (else (filter keep? (cdr list)))))

(define (fold f start list)
  (if (null? list) start (fold f (f start (car list)) (cdr list))))

(define (quicksort list)
  (if (null? list)
      '()
      (let ((pivot (car list)) (rest (cdr list)))
        (append (quicksort (filter (lambda (x) (< x pivot)) rest))
                (list-copy-one pivot)
                (quicksort (filter (lambda (x) (>= x pivot)) rest))))))
(define (list-copy-one x) (cons x '()))

; A generator by continuations: the walk of a tree, one leaf at a time.
(define (tree-walker tree)
  (define return #f)
  (define (resume)
    (walk tree)
    (return 'end))
  (define (walk t)
    (cond ((null? t) 'nothing)
          ((pair? t) (walk (car t)) (walk (cdr t)))
          (else (call-with-current-continuation
                 (lambda (rest)
                   (set! resume (lambda () (rest 'go)))
                   (return t))))))
  (lambda ()
    (call-with-current-continuation
     (lambda (k) (set! return k) (resume)))))

(define (make-tree depth draw)
  (if (= depth 0) (draw 100)
      (cons (make-tree (- depth 1) draw) (make-tree (- depth 1) draw))))

(define (queens n)
  (define (safe? q row placed)
    (or (null? placed)
        (and (not (= q (car placed)))
             (not (= (abs (- q (car placed))) row))
             (safe? q (+ row 1) (cdr placed)))))
  (define (place k placed)
    (if (= k 0) 1
        (fold (lambda (sum q) (if (safe? q 1 placed) (+ sum (place (- k 1) (cons q placed))) sum))
              0 (iota n))))
  (place n '()))

(define (strings draw)
  (let loop ((i 0) (text ""))
    (if (< i 40)
        (loop (+ i 1) (string-append text (number->string (draw 1000)) (if (odd? i) "-" "+")))
        (begin
          (let cut ((k 0))
            (if (< (+ k 2) (string-length text))
                (begin
                  (mix! (if (eq? (string->symbol (substring text k (+ k 1))) (string->symbol "5")) k 3))
                  (cut (+ k 2)))))
          (mix! (string-length text))
          (mix! (if (eq? (string->symbol (substring text 0 3)) 'abc) 1 2))))))

(define (sieve numbers)
  (if (null? numbers)
      0
      (+ 1 (sieve (filter (lambda (x) (not (= 0 (modulo x (car numbers))))) (cdr numbers))))))

; Objects that live for different times: a window over vectors and strings.
(define window '())
(define (keep-for-a-while draw)
  (set! window (cons (vector (draw 10) (number->string (draw 1000)) (make-string (+ 1 (draw 30)) #\a)) window))
  (if (> (length window) 50)
      (set! window (filter (lambda (v) (= 0 (draw 3))) window)))
  (mix! (length window)))

(define (reals draw)
  (let loop ((i 0) (x 0.5))
    (if (< i 200)
        (loop (+ i 1) (* 3.75 x (- 1 x)))
        (mix! (inexact->exact (floor (* x 1000000)))))))

(define counter (make-counter))
(do ((round 1 (+ round 1)))
    ((> round rounds))
  (let* ((draw (make-stream round))
         (numbers (map (lambda (i) (draw 1000)) (iota 120)))
         (tree (make-tree 6 draw))
         (next (tree-walker tree)))
    (mix! (fold + 0 (quicksort numbers)))
    (mix! (car (quicksort numbers)))
    (let loop ((leaf (next)))
      (if (number? leaf) (begin (mix! leaf) (loop (next)))))
    (strings draw)
    (reals draw)
    (mix! (sieve (cddr (iota 200))))
    (for-each (lambda (i) (keep-for-a-while draw)) (iota 40))
    (if (= 0 (modulo round 4)) (mix! (queens 5)))
    (mix! (counter 3))
    (if (= 0 (modulo round 5)) (gc))
    (if (= 0 (modulo round 10))
        (begin (display "round ") (display round) (display ": ") (display digest) (newline)))))
(display "digest ") (write digest) (newline)
(write (list 'a "string" #\c 1.5 -7 '(1 . 2) (vector 1 2 3))) (newline)
